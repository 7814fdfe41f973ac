// What this shows: a finding names the pod, the rule that admits, the place to
// change and a counter-example; seeded_holes_test.cc shows which are found.

#include "segmentation/verify.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(VerifyTest, LeaksHaveCounterExamples) {
  const Report report =
      CheckText(Changed("          podSelector:", "        - podSelector:",
                        "name: callers\n"))
          .report;
  ASSERT_THAT(report.findings, SizeIs(2));
  const Finding& whole_namespace = report.findings[0];
  EXPECT_EQ(whole_namespace.subject, "Deployment vault/rel-panvault");
  EXPECT_EQ(whole_namespace.message,
            "NetworkPolicy vault/callers, ingress rule 1, peer 1 admits from "
            "undeclared peers: TCP 8443");
  EXPECT_EQ(whole_namespace.example,
            "pod {} in namespace checkout on TCP 8443 reaches Deployment "
            "vault/rel-panvault");
  EXPECT_EQ(whole_namespace.source.document, 3U);
  EXPECT_EQ(report.findings[1].example,
            "pod {app.kubernetes.io/name=checkout-api} in namespace vault on "
            "TCP 8443 reaches Deployment vault/rel-panvault");
}

TEST(VerifyTest, BlockedFlowsSayWhy) {
  const auto message = [](const std::string& from, const std::string& to) {
    const Report report =
        CheckText(Changed(from, to, "name: callers\n")).report;
    for (const Finding& finding : report.findings) {
      if (finding.rule == "blocked-flow") {
        return finding.subject + ": " + finding.message;
      }
    }
    return std::string();
  };
  EXPECT_THAT(message("port: 8443", "port: 8444"),
              HasSubstr("flow checkout-api: the ingress of Deployment "
                        "vault/rel-panvault is not open for all of it: no rule "
                        "with these ports admits the whole peer"));
}

// A name is given by a pod: it opens nothing towards an address, and towards
// pods it opens whatever they like.
TEST(VerifyTest, NamedPortsOfPeers) {
  const Report address =
      CheckText(Changed("port: 5432\n---", "port: postgres\n---")).report;
  EXPECT_THAT(ToPlainText(address), HasSubstr("no rule opens TCP 5432"));
  EXPECT_THAT(ToPlainText(address), Not(HasSubstr("leak-egress")));
  const Report pods = CheckText(Changed("- protocol: UDP\n          port: 53",
                                        "- protocol: UDP\n          port: dns"))
                          .report;
  EXPECT_THAT(ToPlainText(pods),
              HasSubstr("admits to undeclared peers: UDP 1-52,54-65535"));
}

TEST(VerifyTest, WithoutServerPodsNothingIsProved) {
  const Report report =
      CheckText(Changed("app.kubernetes.io/component: server\n"
                        "    spec:",
                        "app.kubernetes.io/component: "
                        "other\n    spec:"))
          .report;
  EXPECT_EQ(report.verdict, Verdict::kUnknown);
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].rule, "no-server-pods");
}

// A proven leak stays one, whatever else is unclear.
TEST(VerifyTest, FailureOutweighsDoubt) {
  const Report report =
      CheckText(WithMore("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
                         "metadata: {name: c}\n---\n"
                         "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy"
                         "\nmetadata: {name: o, namespace: vault}\nspec: "
                         "{podSelector: {}, ingress: [{}]}\n"))
          .report;
  EXPECT_EQ(report.verdict, Verdict::kFail);
}

TEST(VerifyTest, TheOwnCallersNamespaceMayBlock) {
  Checked checked = CheckText(WithMore(
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
      "d, namespace: billing}\nspec:\n  podSelector: {matchLabels: "
      "{app.kubernetes.io/name: invoices}}\n  policyTypes: [Egress]\n  egress: "
      "[{ports: [{port: grpc}], to: [{namespaceSelector: {}}]}]\n"));
  // The server's own pods name their port, so here a name is enough.
  EXPECT_THAT(VerifyFlows(checked.manifests.cluster, checked.matrix),
              IsEmpty());
  checked.matrix.server.port = 9443;
  EXPECT_FALSE(VerifyFlows(checked.manifests.cluster, checked.matrix).empty());
}

}  // namespace
}  // namespace panvault::segmentation
