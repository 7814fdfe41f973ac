// What this shows: a comparison yields every figure beside its floor, puts the
// goal on the one ratio that has one, and stops at the first error.

#include "bench/compare.h"

#include <unistd.h>

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "tests/bench/bench_server.h"

namespace panvault::bench {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Comparison CompareOn(const BenchServer& server, LoadOptions options) {
  options.call.profile = "cards";
  options.rounds = 2;
  options.duration = milliseconds(200);
  options.warm_up = milliseconds(50);
  options.timeout = std::chrono::seconds(30);
  const auto channels = server.OpenChannels(2);
  const PanSource pans = PanSource::Create({}).value();
  ProgressLine progress({});
  return Compare({options, channels, pans, progress});
}

std::map<std::string, ReportRow> ByName(const Comparison& comparison) {
  std::map<std::string, ReportRow> rows;
  for (const ReportRow& row : comparison.rows) rows[row.name] = row;
  return rows;
}

TEST(Compare, YieldsEveryFigureBesideItsFloor) {
  const BenchServer server;
  const Comparison comparison = CompareOn(server, {.server_pid = getpid()});
  EXPECT_THAT(comparison.errors, IsEmpty());
  auto rows = ByName(comparison);
  EXPECT_EQ(rows.size(), 7U);
  for (const char* name :
       {"unary_tokenize", "unary_server_cpu", "unary_p50", "unary_p99",
        "unary_p99.9", "batch_tokenize_1000", "bulk_tokenize_10000"}) {
    ASSERT_TRUE(rows.contains(name)) << name;
    EXPECT_GT(rows[name].value, 0) << name;
    EXPECT_GT(rows[name].floor.value_or(0), 0) << name;
  }
}

TEST(Compare, GoalIsOnTheUnaryRatioAlone) {
  const BenchServer server;
  auto rows = ByName(CompareOn(server, {}));
  EXPECT_EQ(rows.size(), 6U);  // Without the server's CPU time.
  EXPECT_EQ(rows["unary_tokenize"].goal, kUnaryGoal);
  EXPECT_FALSE(rows["unary_tokenize"].at_most);
  EXPECT_TRUE(rows["unary_tokenize"].ratio.has_value());
  EXPECT_TRUE(rows["unary_p99"].ratio.has_value());
  EXPECT_FALSE(rows["batch_tokenize_1000"].ratio.has_value());
  EXPECT_FALSE(rows["bulk_tokenize_10000"].ratio.has_value());
  for (const auto& [name, row] : rows) {
    if (name != "unary_tokenize") {
      EXPECT_FALSE(row.goal.has_value()) << name;
    }
  }
}

TEST(Compare, StopsAtTheFirstErrorWithoutItsFigure) {
  const BenchServer server(BenchServer::Options{.script = [](int earlier) {
    return earlier == 3 ? grpc::Status(grpc::StatusCode::DATA_LOSS, "text")
                        : grpc::Status::OK;
  }});
  const Comparison comparison = CompareOn(server, {});
  EXPECT_THAT(comparison.errors, ElementsAre(Pair("DATA_LOSS", 1)));
  EXPECT_THAT(comparison.rows, IsEmpty());
}

}  // namespace
}  // namespace panvault::bench
