// What this shows: a report keeps the file format that scripts read, and a gate
// fails exactly what misses its goal by more than the slack.

#include "bench/report.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/status_matchers.h"

namespace panvault::bench {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

const ReportRow kBatch = {.name = "ff1_batch",
                          .value = 20.5,
                          .unit = "M/s",
                          .floor = 41,
                          .ratio = 0.5,
                          .goal = 0.4};

TEST(Report, JsonHasEveryFieldInOrder) {
  const auto json = nlohmann::ordered_json::parse(ReportJson({kBatch}));
  EXPECT_EQ(json.dump(),
            R"([{"name":"ff1_batch","value":20.5,"unit":"M/s","floor":41.0,)"
            R"("ratio":0.5,"goal":0.4,"at_most":false}])");
}

TEST(Report, JsonIsNullWhereThereIsNoFloor) {
  const auto json = nlohmann::json::parse(
      ReportJson({{.name = "p99", .value = 3, .unit = "ms", .at_most = true}}));
  EXPECT_TRUE(json[0]["floor"].is_null());
  EXPECT_TRUE(json[0]["ratio"].is_null());
  EXPECT_TRUE(json[0]["goal"].is_null());
  EXPECT_EQ(json[0]["at_most"], true);
}

TEST(Report, JsonIsAnEmptyListWithoutRows) {
  EXPECT_EQ(nlohmann::json::parse(ReportJson({})), nlohmann::json::array());
}

TEST(Report, GateFailsWhenMoreThanTheSlackBelowTheGoal) {
  ReportRow row = kBatch;
  for (const double ratio : {0.9, 0.4, 0.351}) {
    row.ratio = ratio;
    EXPECT_TRUE(MeetsGoal(row)) << ratio;
  }
  for (const double ratio : {0.349, 0.0}) {
    row.ratio = ratio;
    EXPECT_FALSE(MeetsGoal(row)) << ratio;
  }
}

TEST(Report, GateTurnsRoundWhenSmallerIsBetter) {
  ReportRow row = kBatch;
  row.at_most = true;
  row.goal = 1.45;
  row.ratio = 1.49;
  EXPECT_TRUE(MeetsGoal(row));
  row.ratio = 1.51;
  EXPECT_FALSE(MeetsGoal(row));
}

// A goal of 0.01 with the usual slack would let 0.06 pass.
TEST(Report, GateHasTheSlackOfTheRow) {
  ReportRow row = kBatch;
  row.at_most = true;
  row.goal = 0.01;
  row.slack = 0;
  row.ratio = 0.01;
  EXPECT_TRUE(MeetsGoal(row));
  row.ratio = 0.0101;
  EXPECT_FALSE(MeetsGoal(row));
  row.at_most = false;
  row.ratio = 0.0099;
  EXPECT_FALSE(MeetsGoal(row));
}

TEST(Report, GateNeedsARatioWhenThereIsAGoal) {
  ReportRow row = kBatch;
  row.ratio.reset();
  EXPECT_FALSE(MeetsGoal(row));
  row.goal.reset();
  EXPECT_TRUE(MeetsGoal(row));
}

TEST(Report, GateNeedsEveryRow) {
  ReportRow missed = kBatch;
  missed.ratio = 0.1;
  EXPECT_TRUE(MeetsGoals({}));
  EXPECT_TRUE(MeetsGoals({kBatch, kBatch}));
  EXPECT_FALSE(MeetsGoals({kBatch, missed, kBatch}));
}

TEST(Report, TableNamesTheMissedGoal) {
  ReportRow missed = kBatch;
  missed.name = "a_longer_name";
  missed.ratio = 0.2;
  const std::string table = ReportTable({kBatch, missed});
  std::istringstream lines(table);
  std::string heading;
  std::string first;
  std::string second;
  std::getline(lines, heading);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_THAT(heading, HasSubstr("floor"));
  EXPECT_THAT(first, HasSubstr(">= 0.40"));
  EXPECT_THAT(first, Not(HasSubstr("MISSED")));
  EXPECT_THAT(second, HasSubstr("MISSED"));
}

TEST(Report, TableShowsWhatARatioNearZeroIs) {
  ReportRow row = kBatch;
  row.ratio = 0.01234;
  EXPECT_THAT(ReportTable({row}), HasSubstr(" 0.01234 "));
  row.ratio = 0.51234;
  EXPECT_THAT(ReportTable({row}), HasSubstr(" 0.512 "));
}

TEST(Report, FileHoldsTheJson) {
  const std::string path = ::testing::TempDir() + "panvault_report_test.json";
  ASSERT_THAT(WriteReport(path, {kBatch}), IsOk());
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), ReportJson({kBatch}));
  std::filesystem::remove(path);
}

TEST(Report, FileInAMissingFolderIsAnError) {
  EXPECT_THAT(WriteReport("/nonexistent/report.json", {kBatch}),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace panvault::bench
