// What this shows: twenty changes that open and close nothing raise no alarm.

#include <iterator>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

// As a hole of seeded_holes_test.cc, but nothing is wrong with it.
struct Change {
  const char* name;
  Edit edit;
};

void PrintTo(const Change& change, std::ostream* os) { *os << change.name; }

constexpr char kCallers[] = "name: callers\n";
constexpr char kFirstLabels[] =
    "matchLabels:\n              \"app.kubernetes.io/name\": \"checkout-api\"";

constexpr Change kChanges[] = {
    {"SecondDenyAll",
     Added(PANVAULT_POLICY(
         "d", "vault", "{podSelector: {}, policyTypes: [Ingress, Egress]}"))},
    {"SameFlowByExpression",
     {kCallers, kFirstLabels,
      "matchExpressions:\n              - {key: app.kubernetes.io/name, "
      "operator: In, values: [checkout-api]}"}},
    {"RedundantExpression",
     {kCallers, kFirstLabels,
      "matchLabels:\n              app.kubernetes.io/name: checkout-api\n"
      "            matchExpressions:\n              - {key: "
      "app.kubernetes.io/name, operator: Exists}"}},
    {"PortAsRangeOfOne",
     {kCallers, "port: 8443", "port: 8443\n          endPort: 8443"}},
    {"PortByName", {kCallers, "port: 8443", "port: grpc"}},
    {"SamePortTwice",
     {kCallers, "- protocol: TCP", "- port: 8443\n        - protocol: TCP"}},
    {"ProtocolByDefault",
     {kCallers, "- protocol: TCP\n          port: 8443", "- port: 8443"}},
    {"DnsPortAsRangeOfOne",
     {"name: flow-dns\n", "port: 53", "port: 53\n          endPort: 53"}},
    {"RuleForAnotherPod",
     Added(
         PANVAULT_POLICY("o", "vault",
                         "{podSelector: {matchLabels: {app.kubernetes.io/name: "
                         "other}}, policyTypes: [Ingress], ingress: [{}]}"))},
    {"OpenPolicyElsewhere",
     Added(PANVAULT_POLICY(
         "o", "dev",
         "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}"))},
    {"InertRules",
     {"name: deny-all\n", "policyTypes: [Ingress, Egress]",
      "policyTypes: [Ingress, Egress]\n  ingress: []\n  egress: null"}},
    {"RuleThatAdmitsNothing",
     Added(PANVAULT_POLICY("o", "vault",
                           "{podSelector: {}, policyTypes: [Ingress], ingress: "
                           "[{ports: [{port: nobody-has-it}]}]}"))},
    {"ImpossibleSelector",
     Added(PANVAULT_POLICY(
         "o", "vault",
         "{podSelector: {}, policyTypes: [Ingress], ingress: [{from: "
         "[{podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, "
         "operator: DoesNotExist}]}}]}]}"))},
    {"CallerMaySend",
     Added(PANVAULT_POLICY(
         "e", "checkout",
         "\n  podSelector: {}\n  policyTypes: [Egress]\n  egress: "
         "[{to: [{namespaceSelector: {matchLabels: "
         "{kubernetes.io/metadata.name: vault}}}]}]"))},
    {"CallersPods",
     Added(
         "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: checkout, "
         "labels: {app.kubernetes.io/name: checkout-api, extra: label}}\nspec: "
         "{serviceAccountName: checkout-api, containers: []}\n")},
    {"MoreLabelsOnTheServer",
     {"kind: Deployment\n", "    spec:\n      service",
      "        version: v2\n    spec:\n      service"}},
    {"Anchors",
     {kCallers, "    - from:\n        - namespaceSelector:\n",
      "    - from:\n        - namespaceSelector: &space\n"}},
    {"ViewerOfTheNamespace",
     Added("apiVersion: rbac.authorization.k8s.io/v1\nkind: "
           "RoleBinding\nmetadata: "
           "{name: v, namespace: vault}\nroleRef: {kind: ClusterRole, name: "
           "view}\nsubjects: [{kind: Group, name: auditors}]\n")},
    {"HarmlessPluginObject",
     Added(
         "apiVersion: cilium.io/v2\nkind: CiliumNode\nmetadata: {name: n1}\n")},
    {"FinishedPod",
     Added(
         "apiVersion: v1\nkind: Pod\nmetadata: {name: done, namespace: vault, "
         "labels: {app.kubernetes.io/name: panvault, "
         "app.kubernetes.io/instance: "
         "rel}}\nspec: {containers: [{name: c}]}\nstatus: {phase: "
         "Succeeded}\n")},
};
static_assert(std::size(kChanges) == 20);

class HarmlessChangeTest : public ::testing::TestWithParam<Change> {};

TEST_P(HarmlessChangeTest, Passes) {
  const Change& change = GetParam();
  const Report report = CheckText(Edited(change.edit)).report;
  EXPECT_EQ(report.verdict, Verdict::kPass) << ToPlainText(report);
  EXPECT_TRUE(report.findings.empty()) << ToPlainText(report);
}

INSTANTIATE_TEST_SUITE_P(Changes, HarmlessChangeTest,
                         ::testing::ValuesIn(kChanges),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace panvault::segmentation
