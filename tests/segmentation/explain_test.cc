// What this shows: the answer names the rules that allow, or the policies that
// isolate, and asks back if it does not know an end.

#include "segmentation/explain.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;

constexpr Connection kWeb = {Protocol::kTcp, 80};

TEST(ExplainTest, NamesRulesAndPolicies) {
  const World world(
      {IngressOfX("{namespaceSelector: {matchLabels: {team: blue}}}")});
  ASSERT_OK_AND_ASSIGN(const Explanation allowed,
                       Explain(world.cluster(), {"b/x", "a/x"}, kWeb));
  EXPECT_EQ(ToText(allowed),
            "ALLOWED\nthe source's egress: allowed\n"
            "  no NetworkPolicy isolates its egress\n"
            "the destination's ingress: allowed\n"
            "  NetworkPolicy a/p1, ingress rule 1, peer 1\n");
  ASSERT_OK_AND_ASSIGN(const Explanation blocked,
                       Explain(world.cluster(), {"192.0.2.1", "a/x"}, kWeb));
  EXPECT_EQ(ToText(blocked),
            "BLOCKED\nthe source's egress: allowed\n"
            "  an address is under no policy\n"
            "the destination's ingress: blocked\n"
            "  NetworkPolicy a/p1 isolates its ingress and allows it not\n");
}

TEST(ExplainTest, AsksBack) {
  const Cluster cluster = World({}).cluster();
  EXPECT_THAT(Explain(cluster, {"a/none", "a/x"}, kWeb),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Explain(cluster, {"x", "a/x"}, kWeb),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Explain(cluster, {"192.0.2.1", "192.0.2.2"}, kWeb),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::segmentation
