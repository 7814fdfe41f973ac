// What this shows: labels count as tied only if the admission policy says it in
// the one known form, for all pods, without a way around.

#include "segmentation/label_tie.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

bool Tied(const std::string& text) {
  const Checked checked = CheckText(text, /*allow_untied=*/true);
  return IsTied(checked.manifests.cluster, checked.matrix.callers.at(0));
}

TEST(LabelTieTest, TheChartsOwnFormIsKnown) {
  EXPECT_TRUE(Tied(ReleaseText()));
  CallerFlow caller;
  caller.namespace_name = "shop";
  caller.service_account = "api";
  caller.pod_labels = {{"b", "2"}, {"a", "1"}};
  EXPECT_EQ(TieExpression(caller),
            "request.namespace != 'shop' || !('a' in variables.labels && "
            "variables.labels['a'] == '1' && 'b' in variables.labels && "
            "variables.labels['b'] == '2') || object.spec.serviceAccountName "
            "== 'api'");
}

TEST(LabelTieTest, EveryWayAroundCounts) {
  struct Way {
    const char* from;
    const char* to;
  };
  const std::string policy = "kind: ValidatingAdmissionPolicy\n";
  constexpr Way kWays[] = {
      {"failurePolicy: Fail", "failurePolicy: Ignore"},
      {"operations: [CREATE, UPDATE]", "operations: [CREATE]"},
      {"resources: [pods]", "resources: [deployments]"},
      {"apiGroups: [\"\"]", "apiGroups: [apps]"},
      {"values: [\"billing\", \"checkout\", \"vault\"]",
       "values: [\"billing\", \"vault\"]"},
      {"    namespaceSelector:",
       "    objectSelector: {matchLabels: {checked: please}}\n"
       "    namespaceSelector:"},
      {"    namespaceSelector:",
       "    excludeResourceRules: [{resources: [pods]}]\n"
       "    namespaceSelector:"},
      {"  matchConstraints:",
       "  matchConditions: [{name: c, expression: \"false\"}]\n"
       "  matchConstraints:"},
      {"        resources: [pods]",
       "        resources: [pods]\n        resourceNames: [one]"},
      {"object.metadata.labels : {}", "{} : {}"},
      {"serviceAccountName == 'checkout-api'",
       "serviceAccountName != 'checkout-api'"},
      {"serviceAccountName == 'checkout-api'",
       "serviceAccountName == 'checkout-api' || true"},
      {"== 'checkout-api') ||", "== 'checkout') ||"},
      {"policyName: rel.vault.panvault", "policyName: other"},
      {"validationActions: [Deny, Audit]", "validationActions: [Warn]"},
      {"  validationActions:",
       "  matchResources: {namespaceSelector: {matchLabels: {a: b}}}\n"
       "  validationActions:"},
  };
  for (const Way& way : kWays) {
    EXPECT_FALSE(Tied(Changed(way.from, way.to, policy))) << way.to;
  }
}

TEST(LabelTieTest, WithoutSelectorTheConstraintsHoldEverywhere) {
  EXPECT_TRUE(Tied(Changed(
      "    namespaceSelector:\n      matchExpressions:\n        - key: "
      "kubernetes.io/metadata.name\n          operator: In\n          values: "
      "[\"billing\", \"checkout\", \"vault\"]\n",
      "")));
}

}  // namespace
}  // namespace panvault::segmentation
