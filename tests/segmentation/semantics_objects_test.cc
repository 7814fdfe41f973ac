// What this shows: objects beside NetworkPolicy, and the text that they are
// written in, count as they do for the API server, or keep the verdict from
// being a pass. Numbers in names are those of the list in docs/segmentation.md.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;

std::string Object(const std::string& api_version, const std::string& kind) {
  return "apiVersion: " + api_version + "\nkind: " + kind +
         "\nmetadata: {name: other, namespace: vault}\nspec: {priority: 1}\n";
}

// The release with one such object more: what is wrong, if it is no pass.
std::vector<std::string> Beside(const std::string& api_version,
                                const std::string& kind) {
  const Report report = CheckText(WithMore(Object(api_version, kind))).report;
  std::vector<std::string> rules = RulesOf(report);
  EXPECT_EQ(report.verdict == Verdict::kPass, rules.empty()) << kind;
  EXPECT_NE(report.verdict, Verdict::kFail) << kind;
  return rules;
}

// World's a/x, closed to everybody but by `spec` under a type of its own.
bool IsOpen(const std::string& type) {
  const std::string text = absl::StrCat(
      WorldText(), "---\n", type,
      "\nmetadata: {name: p, namespace: a}\nspec: {podSelector: {}}\n");
  const Cluster cluster = ReadAnyCluster(text);
  return Explain(cluster, {"b/x", "a/x"}, {Protocol::kTcp, 80})->is_allowed();
}

TEST(Semantics, P40AdminPoliciesAreUnknown) {
  for (const char* const kind :
       {"AdminNetworkPolicy", "BaselineAdminNetworkPolicy"}) {
    EXPECT_THAT(Beside("policy.networking.k8s.io/v1alpha1", kind),
                ElementsAre("foreign-policy"))
        << kind;
  }
}

TEST(Semantics, P41ClusterPoliciesAreUnknown) {
  EXPECT_THAT(
      Beside("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
      ElementsAre("foreign-policy"));
}

TEST(Semantics, P42PluginsPoliciesAreUnknown) {
  const std::pair<const char*, const char*> types[] = {
      {"cilium.io/v2", "CiliumNetworkPolicy"},
      {"cilium.io/v2", "CiliumClusterwideNetworkPolicy"},
      {"crd.projectcalico.org/v1", "GlobalNetworkPolicy"},
      {"projectcalico.org/v3", "StagedKubernetesNetworkPolicy"},
      {"crd.antrea.io/v1beta1", "ClusterNetworkPolicy"},
      {"network.openshift.io/v1", "EgressNetworkPolicy"},
      {"k8s.ovn.org/v1", "EgressFirewall"}};
  for (const auto& [api_version, kind] : types) {
    EXPECT_THAT(Beside(api_version, kind), ElementsAre("foreign-policy"))
        << kind;
  }
  // What is no policy, of a group that has none, is none.
  EXPECT_THAT(Beside("cert-manager.io/v1", "Certificate"), ElementsAre());
}

TEST(Semantics, P43OnlyThisVersionIsAPolicy) {
  EXPECT_FALSE(IsOpen("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy"));
  EXPECT_TRUE(IsOpen("apiVersion: extensions/v1beta1\nkind: NetworkPolicy"));
  EXPECT_TRUE(IsOpen("apiVersion: networking.k8s.io/v1\nkind: NetworkPolcy"));
  EXPECT_THAT(Beside("extensions/v1beta1", "NetworkPolicy"),
              ElementsAre("foreign-policy"));
  EXPECT_THAT(Beside("networking.k8s.io/v1beta1", "NetworkPolicy"),
              ElementsAre("foreign-policy"));
  EXPECT_THAT(Beside("networking.k8s.io/v1", "NetworkPolcy"),
              ElementsAre("unreadable-input"));
}

// Left out in silence, this would be TCP in place of UDP.
TEST(Semantics, P43UnknownFieldsAreErrors) {
  const Cluster cluster = ReadAnyCluster(
      PolicyText("  ingress: [{ports: [{port: 53, protcol: UDP}]}]"));
  EXPECT_THAT(ProblemsOf(cluster),
              ElementsAre("1:5: NetworkPolicy a/p: "
                          "spec.ingress[0].ports[0].protcol: unknown field"));
  EXPECT_TRUE(cluster.policies.empty());
}

TEST(Semantics, P44NumbersAndAliasesAsInYaml11) {
  const Cluster cluster = ReadCluster(
      PolicyText("  podSelector: &all {matchLabels: {app: \"yes\"}}\n"
                 "  ingress: [{from: [{podSelector: *all}], ports: [{port: "
                 "010}, {port: 0x50}]}]"));
  ASSERT_EQ(cluster.policies.size(), 1U);
  const Rule& rule = cluster.policies.front().ingress.at(0);
  EXPECT_EQ(rule.peers.at(0).pods->requirements.at(0).values.at(0), "yes");
  EXPECT_EQ(rule.ports.at(0).ports.first, 8U);
  EXPECT_EQ(rule.ports.at(1).ports.first, 80U);
}

TEST(Semantics, P44WordsThatAreBooleansAreNoLabels) {
  for (const char* const word : {"yes", "n", "on", "OFF", "true"}) {
    const Cluster cluster = ReadAnyCluster(PolicyText(
        absl::StrCat("  podSelector: {matchLabels: {app: ", word, "}}")));
    EXPECT_EQ(cluster.problems.size(), 1U) << word;
    EXPECT_TRUE(cluster.policies.empty()) << word;
  }
}

TEST(Semantics, P44RepeatedKeysAreErrors) {
  const std::string repeated =
      PolicyText("  policyTypes: [Ingress]\n  policyTypes: [Egress]");
  const Cluster cluster = ReadAnyCluster(repeated);
  ASSERT_EQ(cluster.problems.size(), 1U);
  EXPECT_TRUE(cluster.policies.empty());
}

TEST(Semantics, P44DocumentsAndListsAreAllRead) {
  const Cluster cluster = ReadCluster(
      "---\n" + PolicyText("  ingress: []") +
      "---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n"
      "- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n"
      "  metadata: {name: q, namespace: a}\n"
      "- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicyList\n"
      "  items: [{metadata: {name: r, namespace: a}}]\n");
  std::vector<std::string> names;
  for (const NetworkPolicy& policy : cluster.policies) {
    names.push_back(policy.name);
  }
  EXPECT_THAT(names, ElementsAre("p", "q", "r"));
}

}  // namespace
}  // namespace panvault::segmentation
