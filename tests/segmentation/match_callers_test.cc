// What this shows: callers and peers match one to one, or it is said where not.

#include "segmentation/match_callers.h"

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<std::string> Shown(const Checked& checked) {
  std::vector<std::string> shown;
  for (const Finding& one :
       MatchCallers(checked.manifests.cluster, checked.matrix, {})) {
    shown.push_back(one.rule + ": " + one.subject + ": " + one.message +
                    (one.example.empty() ? "" : " (" + one.example + ")"));
  }
  return shown;
}

TEST(MatchCallersTest, TheReleaseMatches) {
  EXPECT_THAT(Shown(CheckText(ReleaseText())), SizeIs(0));
}

// Different labels in one namespace do not exclude each other.
TEST(MatchCallersTest, OnePodCanBeTwoCallers) {
  Checked checked = CheckText(ReleaseText());
  checked.matrix.callers[1].namespace_name = "checkout";
  checked.matrix.callers[1].pod_labels = {{"role", "billing"}};
  EXPECT_THAT(Shown(checked),
              Contains("overlapping-callers: flow invoices: its pods can be "
                       "those of flow checkout-api as well (pod "
                       "{app.kubernetes.io/name=checkout-api, role=billing} in "
                       "namespace checkout)"));
  checked.matrix.callers[1].pod_labels = {{"app.kubernetes.io/name", "x"}};
  EXPECT_THAT(Shown(checked),
              ::testing::Not(Contains(HasSubstr("overlapping-callers"))));
}

TEST(MatchCallersTest, OnePeerForTwoCallers) {
  const std::string text = absl::StrReplaceAll(
      ReleaseText(),
      {{"kubernetes.io/metadata.name: \"billing\"\n          podSelector:\n    "
        " "
        "       matchLabels:\n              \"app.kubernetes.io/name\": "
        "\"invoices\"",
        "kubernetes.io/metadata.name: \"other\""},
       {"matchLabels:\n              kubernetes.io/metadata.name: "
        "\"checkout\"\n          podSelector:\n            matchLabels:\n      "
        " "
        "       \"app.kubernetes.io/name\": \"checkout-api\"",
        "matchExpressions:\n              - {key: kubernetes.io/metadata.name, "
        "operator: In, values: [checkout, billing]}"}});
  EXPECT_THAT(Shown(CheckText(text)),
              Contains("shared-peer: Deployment vault/rel-panvault: "
                       "NetworkPolicy vault/callers, ingress rule 1, peer 1 "
                       "lets in several callers: checkout-api, invoices"));
}

TEST(MatchCallersTest, TwoPeersForOneCallerAreWarnedOf) {
  const Checked checked = CheckText(WithMore(
      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: "
      "again, namespace: vault}\nspec:\n  podSelector: {matchLabels: "
      "{app.kubernetes.io/component: server}}\n  policyTypes: "
      "[Ingress]\n  ingress: [{from: [{namespaceSelector: {matchLabels: "
      "{kubernetes.io/metadata.name: billing}}, podSelector: {matchLabels: "
      "{app.kubernetes.io/name: invoices}}}], ports: [{port: 8443}]}]\n"));
  EXPECT_EQ(checked.report.verdict, Verdict::kPass);
  EXPECT_THAT(Shown(checked),
              Contains("shared-peer: flow invoices: 2 peers let it in"));
}

TEST(MatchCallersTest, PodsOfACallerRunAsThatCaller) {
  EXPECT_THAT(
      Shown(CheckText(WithMore(
          "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: billing, "
          "labels: {app.kubernetes.io/name: invoices}}\nspec: "
          "{containers: []}\n"))),
      Contains("wrong-service-account: Pod billing/p: has the labels of flow "
               "invoices, but runs as service account default, not invoices"));
}

TEST(MatchCallersTest, UntiedLabelsCanBeAllowed) {
  const std::string text =
      Changed("validationActions: [Deny, Audit]", "validationActions: [Warn]");
  EXPECT_EQ(CheckText(text).report.verdict, Verdict::kFail);
  EXPECT_EQ(CheckText(text, /*allow_untied=*/true).report.verdict,
            Verdict::kPass);
}

}  // namespace
}  // namespace panvault::segmentation
