// What this shows: rows carry the right figures, units and directions, and only
// ratios that mean something.

#include "bench/load_rows.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::bench {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> NamesOf(const std::vector<ReportRow>& rows) {
  std::vector<std::string> names;
  for (const ReportRow& row : rows) names.push_back(row.name);
  return names;
}

TEST(FigureName, SaysTheMethodAndTheItems) {
  EXPECT_EQ(FigureName({}), "unary_tokenize");
  EXPECT_EQ(FigureName({.method = Method::kBatchTokenize, .items = 1000}),
            "batch_tokenize_1000");
  EXPECT_EQ(FigureName({.method = Method::kBulkTokenize, .items = 7}),
            "bulk_tokenize_7");
}

TEST(RunRows, UnaryHasARateAndLatencies) {
  LoadResult result;
  result.calls_per_s = 5000;
  for (uint64_t i = 1; i <= 100; ++i) result.latency_ns.Record(i * 1000);
  const auto rows = RunRows({}, result);
  ASSERT_THAT(
      NamesOf(rows),
      ElementsAre("unary_tokenize", "unary_tokenize_p50", "unary_tokenize_p99",
                  "unary_tokenize_p99.9", "unary_tokenize_max"));
  EXPECT_EQ(rows[0].value, 5000);
  EXPECT_EQ(rows[0].unit, "RPC/s");
  EXPECT_FALSE(rows[0].at_most);
  EXPECT_NEAR(rows[1].value, 50, 0.5);
  EXPECT_NEAR(rows[2].value, 99, 1);
  EXPECT_NEAR(rows[3].value, 100, 1);
  EXPECT_EQ(rows[4].value, 100);
  for (size_t i = 1; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].unit, "us");
    EXPECT_TRUE(rows[i].at_most);
  }
}

TEST(RunRows, BatchesHaveItems) {
  LoadResult result;
  result.items_per_s = 123;
  const auto rows =
      RunRows({.method = Method::kBatchTokenize, .items = 10}, result);
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[1].name, "batch_tokenize_10_items");
  EXPECT_EQ(rows[1].unit, "items/s");
  EXPECT_EQ(rows[1].value, 123);
}

TEST(LatencyRows, RatioIsOfTheTwoQuantiles) {
  DuelResult duel;
  for (int i = 0; i < 1000; ++i) {
    duel.real_ns.Record(300'000);
    duel.null_ns.Record(200'000);
  }
  const auto rows = LatencyRows("unary", duel);
  ASSERT_THAT(NamesOf(rows),
              ElementsAre("unary_p50", "unary_p99", "unary_p99.9"));
  for (const ReportRow& row : rows) {
    EXPECT_EQ(row.value, 300);
    EXPECT_EQ(row.floor, 200);
    EXPECT_DOUBLE_EQ(*row.ratio, 1.5);
    EXPECT_TRUE(row.at_most);
    EXPECT_FALSE(row.goal.has_value());
  }
}

TEST(LatencyRows, NoRatioToNothing) {
  for (const ReportRow& row : LatencyRows("unary", {})) {
    EXPECT_FALSE(row.ratio.has_value());
  }
}

TEST(PairedRow, HasMediansAndTheMedianRatio) {
  PairedSamples samples;
  samples.Add({.subject = 9, .floor = 10});
  samples.Add({.subject = 80, .floor = 100});
  samples.Add({.subject = 0.7, .floor = 1});
  const ReportRow row = PairedRow("rate", "RPC/s", samples);
  EXPECT_EQ(row.name, "rate");
  EXPECT_EQ(row.unit, "RPC/s");
  EXPECT_EQ(row.value, 9);
  EXPECT_EQ(row.floor, 10);
  EXPECT_DOUBLE_EQ(*row.ratio, 0.8);
}

}  // namespace
}  // namespace panvault::bench
