// What this shows: each of the 44 points of docs/segmentation.md has a test of
// its own, `Semantics.P01...` to `Semantics.P44...`, in the files beside this
// one: semantics_rules (1 to 9, ports 23 to 30), semantics_peers (10 to 22,
// 39), semantics_bounds (31 to 38), semantics_objects (40 to 44).

#include <set>
#include <string>

#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

constexpr int kPoints = 44;

std::set<std::string> PointsOfTests() {
  std::set<std::string> points;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    if (std::string(suite.name()) != "Semantics") continue;
    for (int j = 0; j < suite.total_test_count(); ++j) {
      points.insert(std::string(suite.GetTestInfo(j)->name()).substr(0, 3));
    }
  }
  return points;
}

TEST(SemanticsList, EveryPointHasATest) {
  const std::set<std::string> points = PointsOfTests();
  for (int point = 1; point <= kPoints; ++point) {
    EXPECT_EQ(points.count(absl::StrFormat("P%02d", point)), 1U) << point;
  }
  EXPECT_EQ(points.size(), static_cast<size_t>(kPoints));
}

}  // namespace
}  // namespace panvault::segmentation
