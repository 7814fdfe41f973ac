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
  const char* after;
  const char* from;
  const char* to;
};

void PrintTo(const Change& change, std::ostream* os) { *os << change.name; }

constexpr char kCallers[] = "name: callers\n";
constexpr char kFirstLabels[] =
    "matchLabels:\n              \"app.kubernetes.io/name\": \"checkout-api\"";

constexpr Change kChanges[] = {
    {"SecondDenyAll", "", "",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
     "d, namespace: vault}\nspec: {podSelector: {}, policyTypes: [Ingress, "
     "Egress]}\n"},
    {"SameFlowByExpression", kCallers, kFirstLabels,
     "matchExpressions:\n              - {key: app.kubernetes.io/name, "
     "operator: In, values: [checkout-api]}"},
    {"RedundantExpression", kCallers, kFirstLabels,
     "matchLabels:\n              app.kubernetes.io/name: checkout-api\n"
     "            matchExpressions:\n              - {key: "
     "app.kubernetes.io/name, operator: Exists}"},
    {"PortAsRangeOfOne", kCallers, "port: 8443",
     "port: 8443\n          endPort: 8443"},
    {"PortByName", kCallers, "port: 8443", "port: grpc"},
    {"SamePortTwice", kCallers, "- protocol: TCP",
     "- port: 8443\n        - protocol: TCP"},
    {"ProtocolByDefault", kCallers, "- protocol: TCP\n          port: 8443",
     "- port: 8443"},
    {"DnsPortAsRangeOfOne", "name: flow-dns\n", "port: 53",
     "port: 53\n          endPort: 53"},
    {"RuleForAnotherPod", "", "",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
     "o, namespace: vault}\nspec: {podSelector: {matchLabels: "
     "{app.kubernetes.io/name: other}}, policyTypes: [Ingress], ingress: "
     "[{}]}\n"},
    {"OpenPolicyElsewhere", "", "",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
     "o, namespace: dev}\nspec: {podSelector: {}, policyTypes: [Ingress], "
     "ingress: [{}]}\n"},
    {"InertRules", "name: deny-all\n", "policyTypes: [Ingress, Egress]",
     "policyTypes: [Ingress, Egress]\n  ingress: []\n  egress: null"},
    {"RuleThatAdmitsNothing", "", "",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
     "o, namespace: vault}\nspec: {podSelector: {}, policyTypes: [Ingress], "
     "ingress: [{ports: [{port: nobody-has-it}]}]}\n"},
    {"ImpossibleSelector", "", "",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
     "o, namespace: vault}\nspec: {podSelector: {}, policyTypes: [Ingress], "
     "ingress: [{from: [{podSelector: {matchLabels: {a: b}, matchExpressions: "
     "[{key: a, operator: DoesNotExist}]}}]}]}\n"},
    {"CallerMaySend", "", "",
     "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
     "e, namespace: checkout}\nspec:\n  podSelector: {}\n  policyTypes: "
     "[Egress]\n  egress: [{to: [{namespaceSelector: {matchLabels: "
     "{kubernetes.io/metadata.name: vault}}}]}]\n"},
    {"CallersPods", "", "",
     "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: checkout, "
     "labels: {app.kubernetes.io/name: checkout-api, extra: label}}\nspec: "
     "{serviceAccountName: checkout-api, containers: []}\n"},
    {"MoreLabelsOnTheServer", "kind: Deployment\n", "    spec:\n      service",
     "        version: v2\n    spec:\n      service"},
    {"Anchors", kCallers, "    - from:\n        - namespaceSelector:\n",
     "    - from:\n        - namespaceSelector: &space\n"},
    {"ViewerOfTheNamespace", "", "",
     "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: "
     "{name: v, namespace: vault}\nroleRef: {kind: ClusterRole, name: "
     "view}\nsubjects: [{kind: Group, name: auditors}]\n"},
    {"HarmlessPluginObject", "", "",
     "apiVersion: cilium.io/v2\nkind: CiliumNode\nmetadata: {name: n1}\n"},
    {"FinishedPod", "", "",
     "apiVersion: v1\nkind: Pod\nmetadata: {name: done, namespace: vault, "
     "labels: {app.kubernetes.io/name: panvault, app.kubernetes.io/instance: "
     "rel}}\nspec: {containers: [{name: c}]}\nstatus: {phase: Succeeded}\n"},
};
static_assert(std::size(kChanges) == 20);

class HarmlessChangeTest : public ::testing::TestWithParam<Change> {};

TEST_P(HarmlessChangeTest, Passes) {
  const Change& change = GetParam();
  const std::string text = *change.from == '\0'
                               ? WithMore(change.to)
                               : Changed(change.from, change.to, change.after);
  EXPECT_NE(text, ReleaseText());
  const Report report = CheckText(text).report;
  EXPECT_EQ(report.verdict, Verdict::kPass) << ToPlainText(report);
  EXPECT_TRUE(report.findings.empty()) << ToPlainText(report);
}

INSTANTIATE_TEST_SUITE_P(Changes, HarmlessChangeTest,
                         ::testing::ValuesIn(kChanges),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace panvault::segmentation
