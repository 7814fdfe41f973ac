// What this shows: each of fifty holes, put one at a time into a release that
// passes, is found by the rule that is about it.

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

struct Hole {
  const char* name;
  const char* rule;
  Edit edit;
};

void PrintTo(const Hole& hole, std::ostream* os) { *os << hole.name; }

// A further policy of the release's namespace, for all its pods.
#define MORE_POLICY(spec) \
  PANVAULT_POLICY("more", "vault", "\n  podSelector: {}\n" spec)

#define RBAC "apiVersion: rbac.authorization.k8s.io/v1\nkind: "

constexpr char kFirstPeer[] = "name: callers\n";
constexpr char kDatabase[] = "name: flow-vault-db\n";
constexpr char kDns[] = "name: flow-dns\n";
constexpr char kDeployment[] = "kind: Deployment\n";

constexpr Hole kHoles[] = {
    // Ingress.
    {"WideCidr", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"))},
    {"IPv6Only", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{from: [{ipBlock: {cidr: \"::/0\"}}]}]"))},
    {"OneAddress", "leak-ingress",
     Added(MORE_POLICY(
         "  ingress: [{from: [{ipBlock: {cidr: 192.0.2.7/32}}]}]"))},
    {"ExceptLeavesARest", "leak-ingress",
     Added(
         MORE_POLICY("  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: "
                     "[10.0.0.0/9]}}]}]"))},
    {"EveryPeer", "leak-ingress", Added(MORE_POLICY("  ingress: [{}]"))},
    {"EmptyFrom", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{from: [], ports: [{port: 8443}]}]"))},
    {"EveryNamespace", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{from: [{namespaceSelector: {}}]}]"))},
    {"OwnNamespace", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{from: [{podSelector: {}}]}]"))},
    {"FutureNamespaces", "leak-ingress",
     Added(MORE_POLICY(
         "  ingress: [{from: [{namespaceSelector: {matchExpressions: "
         "[{key: env, operator: NotIn, values: [dev]}]}}]}]"))},
    {"LabelIsAbsent", "leak-ingress",
     Added(MORE_POLICY(
         "  ingress: [{from: [{podSelector: {matchExpressions: [{key: "
         "quarantine, operator: DoesNotExist}]}}]}]"))},
    {"OtherPortOfTheServer", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{ports: [{port: 8081}]}]"))},
    {"PortRange",
     "leak-ingress",
     {kFirstPeer, "port: 8443", "port: 8443\n          endPort: 8444"}},
    {"LowerPortRange",
     "leak-ingress",
     {kFirstPeer, "port: 8443", "port: 8080\n          endPort: 8443"}},
    {"NamedPort", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{from: [{podSelector: {}}], ports: [{port: "
                       "grpc}]}]"))},
    {"UdpAsWell",
     "leak-ingress",
     {kFirstPeer, "- protocol: TCP",
      "- {protocol: UDP, port: 8443}\n        - protocol: TCP"}},
    {"SctpOnly", "leak-ingress",
     Added(MORE_POLICY("  ingress: [{ports: [{protocol: SCTP}]}]"))},
    {"PortsLeftOut",
     "leak-ingress",
     {kFirstPeer,
      "      ports:\n        - protocol: TCP\n          port: 8443\n", ""}},
    {"TwoItemsInPlaceOfAnd",
     "leak-ingress",
     {kFirstPeer, "          podSelector:", "        - podSelector:"}},
    {"PodSelectorLost",
     "leak-ingress",
     {kFirstPeer,
      "          podSelector:\n            matchLabels:\n              "
      "\"app.kubernetes.io/name\": \"checkout-api\"\n",
      ""}},
    {"NamespaceSelectorLost",
     "leak-ingress",
     {kFirstPeer,
      "- namespaceSelector:\n            matchLabels:\n              "
      "kubernetes.io/metadata.name: \"checkout\"\n          podSelector:",
      "- podSelector:"}},
    {"LabelAnyoneCanSet",
     "leak-ingress",
     {kFirstPeer, "kubernetes.io/metadata.name: \"checkout\"",
      "team: \"checkout\""}},
    {"ValueTooMany",
     "leak-ingress",
     {kFirstPeer,
      "matchLabels:\n              \"app.kubernetes.io/name\": "
      "\"checkout-api\"",
      "matchExpressions:\n              - {key: app.kubernetes.io/name, "
      "operator: In, values: [checkout-api, checkout-web]}"}},
    {"KeyWithoutValue",
     "leak-ingress",
     {kFirstPeer,
      "matchLabels:\n              \"app.kubernetes.io/name\": "
      "\"checkout-api\"",
      "matchExpressions:\n              - {key: app.kubernetes.io/name, "
      "operator: Exists}"}},
    {"UndeclaredCaller",
     "leak-ingress",
     {"    - name: invoices\n",
      "pod_labels: {app.kubernetes.io/name: invoices}",
      "pod_labels: {app.kubernetes.io/name: invoices, tier: back}"}},
    {"IngressNotIsolated",
     "leak-ingress",
     {"name: deny-all\n", "policyTypes: [Ingress, Egress]",
      "policyTypes: [Egress]"}},
    {"DenyAllSelectsNothing",
     "leak-ingress",
     {"name: deny-all\n", "app.kubernetes.io/instance: \"rel\"",
      "app.kubernetes.io/instance: \"old\""}},
    {"DenyAllInAnotherNamespace",
     "leak-ingress",
     {"name: deny-all\n", "namespace: vault", "namespace: default"}},
    // Egress.
    {"EgressNotIsolatedForAll", "leak-egress",
     Added(MORE_POLICY("  policyTypes: [Egress]\n  egress: [{}]"))},
    {"DatabaseNetworkTooWide",
     "leak-egress",
     {kDatabase, "10.20.0.5/32", "10.20.0.5/31"}},
    {"DatabaseOnEveryPort",
     "leak-egress",
     {kDatabase,
      "      ports:\n        - protocol: TCP\n          port: 5432\n", ""}},
    {"MetadataService", "leak-egress",
     Added(MORE_POLICY(
         "  policyTypes: [Egress]\n  egress: [{to: [{ipBlock: {cidr: "
         "169.254.169.254/32}}], ports: [{port: 80}]}]"))},
    {"NameServerAnywhere",
     "leak-egress",
     {kDns,
      "- namespaceSelector:\n            matchLabels:\n              "
      "kubernetes.io/metadata.name: \"kube-system\"",
      "- namespaceSelector: {}"}},
    {"EveryPodOfKubeSystem",
     "leak-egress",
     {kDns,
      "          podSelector:\n            matchLabels:\n              "
      "\"k8s-app\": \"kube-dns\"\n",
      ""}},
    {"MigrationMayCall", "leak-egress",
     Added("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: "
           "{name: "
           "m, namespace: vault}\nspec:\n  podSelector: {matchLabels: "
           "{app.kubernetes.io/component: migrate}}\n  policyTypes: [Egress]\n"
           "  egress: [{to: [{namespaceSelector: {}}], ports: [{port: "
           "443}]}]\n")},
    {"NamedPortOutside", "leak-egress", {kDns, "port: 53", "port: dns"}},
    // Blocked.
    {"WrongPort", "blocked-flow", {kFirstPeer, "port: 8443", "port: 8444"}},
    {"WrongNamespace",
     "blocked-flow",
     {kFirstPeer, "\"checkout\"", "\"check-out\""}},
    {"DnsOverTcpLost",
     "blocked-flow",
     {kDns, "        - protocol: TCP\n          port: 53\n", ""}},
    {"CallerCannotSend", "blocked-flow",
     Added("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: "
           "{name: "
           "d, namespace: checkout}\nspec: {podSelector: {}, policyTypes: "
           "[Egress]}\n")},
    // What cannot be decided.
    {"MisspeltField",
     "unreadable-input",
     {kFirstPeer, "protocol: TCP", "protcol: TCP"}},
    {"QuotedPort",
     "unreadable-input",
     {kFirstPeer, "port: 8443", "port: \"8443\""}},
    {"CiliumPolicy", "foreign-policy",
     Added("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: "
           "{name: "
           "c, "
           "namespace: vault}\nspec: {}\n")},
    {"AdminPolicy", "foreign-policy",
     Added("apiVersion: policy.networking.k8s.io/v1alpha1\nkind: "
           "AdminNetworkPolicy\nmetadata: {name: a}\nspec: {}\n")},
    {"HostNetwork",
     "host-network",
     {kDeployment, "automountServiceAccountToken: false", "hostNetwork: true"}},
    // Identity.
    {"AdmissionPolicyDoesNotDeny",
     "untied-labels",
     {"kind: ValidatingAdmissionPolicyBinding", "[Deny, Audit]", "[Audit]"}},
    {"AnotherServiceAccount",
     "wrong-service-account",
     {kDeployment, "serviceAccountName: rel-panvault",
      "serviceAccountName: default"}},
    // Around the network.
    {"RoleReadsSecrets", "rbac-reach",
     Added(
         RBAC
         "Role\nmetadata: {name: r, namespace: vault}\nrules:\n- {apiGroups: "
         "[\"\"], resources: [secrets], verbs: [get]}\n---\n" RBAC
         "RoleBinding\nmetadata: {name: b, namespace: vault}\nroleRef: {kind: "
         "Role, name: r}\nsubjects: [{kind: ServiceAccount, name: s, "
         "namespace: dev}]\n")},
    {"EveryoneIsAdmin", "rbac-reach",
     Added(RBAC
           "ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: "
           "ClusterRole, name: cluster-admin}\nsubjects: [{kind: Group, name: "
           "devs}]\n")},
    {"SecretInTheEnvironment",
     "secret-in-environment",
     {kDeployment, "          volumeMounts:",
      "          env: [{name: KEK, valueFrom: {secretKeyRef: {name: k, key: "
      "k}}}]\n          volumeMounts:"}},
    {"PrivilegeEscalation",
     "pod-security",
     {kDeployment, "allowPrivilegeEscalation: false",
      "allowPrivilegeEscalation: true"}},
};
static_assert(std::size(kHoles) == 50);

class SeededHoleTest : public ::testing::TestWithParam<Hole> {};

TEST_P(SeededHoleTest, IsFound) {
  const Hole& hole = GetParam();
  const Report report = CheckText(Edited(hole.edit)).report;
  const std::vector<std::string> rules = RulesOf(report);
  EXPECT_NE(std::find(rules.begin(), rules.end(), hole.rule), rules.end())
      << "found: " << absl::StrJoin(rules, ", ");
  EXPECT_NE(report.verdict, Verdict::kPass);
}

INSTANTIATE_TEST_SUITE_P(Holes, SeededHoleTest, ::testing::ValuesIn(kHoles),
                         [](const auto& test) { return test.param.name; });

TEST(SeededHoles, TheReleaseItselfPasses) {
  const Report report = CheckText(ReleaseText()).report;
  EXPECT_EQ(report.verdict, Verdict::kPass) << ToPlainText(report);
  EXPECT_TRUE(report.findings.empty()) << ToPlainText(report);
}

}  // namespace
}  // namespace panvault::segmentation
