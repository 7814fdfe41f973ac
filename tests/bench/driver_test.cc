// What this shows: an open loop keeps its schedule whatever the target does and
// counts latency from when calls were due, a closed loop keeps its slots busy,
// and a run ends in bounded time and calls.

#include "bench/driver.h"

#include <cstdint>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/fake_target.h"

namespace panvault::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Nanoseconds kBegin = std::chrono::hours(5);

LoadPlan OpenPlan(double rate) {
  return {.rate = rate, .warm_up = milliseconds(0), .duration = seconds(1)};
}
LoadPlan ClosedPlan() {
  return {.warm_up = milliseconds(0), .duration = seconds(1)};
}

// Upwards by less than 1/128, as the histogram promises.
void ExpectAbout(uint64_t value, Nanoseconds exact) {
  const auto from = static_cast<uint64_t>(exact.count());
  EXPECT_GE(value, from);
  EXPECT_LE(value, from + from / 128);
}

TEST(OpenLoop, StartsCallsWhenTheyAreDue) {
  FakeTarget target({.slots = 4});
  RunLoad(target, OpenPlan(1000));
  ASSERT_EQ(target.starts.size(), 1000U);
  for (size_t i = 0; i < target.starts.size(); ++i) {
    EXPECT_EQ(target.starts[i], kBegin + milliseconds(i)) << i;
  }
}

TEST(OpenLoop, LatencyIsTheServiceTimeWhenNothingWaits) {
  FakeTarget target({.slots = 4, .service = microseconds(300)});
  const LoadResult result = RunLoad(target, OpenPlan(1000));
  EXPECT_EQ(result.latency_ns.count(), 1000U);
  EXPECT_EQ(result.latency_ns.max(), 300'000U);
  ExpectAbout(result.latency_ns.Quantile(0.001), microseconds(300));
  EXPECT_EQ(result.calls_per_s, 1000);
  EXPECT_THAT(result.errors, IsEmpty());
}

// The omission that this loop is built against: one slot is stalled for 200 ms,
// in which 200 calls are due. A generator that counts from when it could send
// would show a single slow call.
TEST(OpenLoop, StallShowsInEveryCallThatWasDueMeanwhile) {
  FakeTarget target({.slots = 1,
                     .service = microseconds(10),
                     .stall_begin = kBegin + milliseconds(400),
                     .stall_end = kBegin + milliseconds(600)});
  const LoadResult result = RunLoad(target, OpenPlan(1000));
  EXPECT_EQ(result.latency_ns.count(), 1000U);
  EXPECT_EQ(result.latency_ns.max(), 200'000'000U);
  // 799 calls are prompt, then 200 have waited for 1 ms, 2 ms, ... 200 ms, less
  // what was worked off in turn.
  ExpectAbout(result.latency_ns.Quantile(0.79), microseconds(10));
  EXPECT_GT(result.latency_ns.Quantile(0.90), 95'000'000U);
  EXPECT_GT(result.latency_ns.Quantile(0.99), 185'000'000U);
  EXPECT_EQ(target.most_out, 1U);
}

TEST(OpenLoop, WorksOffWhatIsOverdueAtTheEnd) {
  FakeTarget target({.slots = 1,
                     .service = microseconds(10),
                     .stall_begin = kBegin + milliseconds(900),
                     .stall_end = kBegin + milliseconds(1500)});
  const LoadResult result = RunLoad(target, OpenPlan(1000));
  EXPECT_EQ(result.latency_ns.count(), 1000U);
  EXPECT_EQ(result.latency_ns.max(), 600'000'000U);
  EXPECT_EQ(result.calls_per_s, 900);
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(OpenLoop, CountsWhatWasNeverSentWhenTheTargetIsTooSlow) {
  FakeTarget target({.slots = 1, .service = milliseconds(10)});
  LoadPlan plan = OpenPlan(1000);
  plan.overtime_max = seconds(2);
  const LoadResult result = RunLoad(target, plan);
  EXPECT_EQ(target.starts.size(), 300U);
  EXPECT_THAT(result.errors, ElementsAre(Pair("NOT_SENT", 700)));
}

TEST(OpenLoop, LeavesTheWarmUpOut) {
  FakeTarget target({.slots = 4});
  LoadPlan plan = OpenPlan(1000);
  plan.warm_up = milliseconds(500);
  const LoadResult result = RunLoad(target, plan);
  EXPECT_EQ(result.calls, 1500U);
  EXPECT_EQ(result.latency_ns.count(), 1000U);
  EXPECT_EQ(result.calls_per_s, 1000);
}

TEST(OpenLoop, KeepsFractionalRates) {
  FakeTarget target({.slots = 2});
  RunLoad(target, OpenPlan(2.5));
  EXPECT_THAT(target.starts, ElementsAre(kBegin, kBegin + milliseconds(400),
                                         kBegin + milliseconds(800)));
}

TEST(ClosedLoop, KeepsAllSlotsBusy) {
  FakeTarget target({.slots = 8, .service = milliseconds(1), .items = 10});
  const LoadResult result = RunLoad(target, ClosedPlan());
  EXPECT_EQ(target.most_out, 8U);
  // Calls end at 1, 2, ... 999 ms; those that end at 1000 ms are too late.
  EXPECT_EQ(result.calls_per_s, 8 * 999);
  EXPECT_EQ(result.items_per_s, 8 * 9990);
  EXPECT_EQ(result.latency_ns.max(), 1'000'000U);
}

TEST(ClosedLoop, LeavesTheWarmUpOut) {
  FakeTarget target({.slots = 1, .service = milliseconds(1)});
  LoadPlan plan = ClosedPlan();
  plan.warm_up = seconds(3);
  const LoadResult result = RunLoad(target, plan);
  EXPECT_EQ(result.calls, 4000U);
  EXPECT_EQ(result.calls_per_s, 1000);
  EXPECT_EQ(result.latency_ns.count(), 1000U);
}

TEST(Run, CountsErrorsByLabelAndNotAsCalls) {
  FakeTarget target({.slots = 1,
                     .service = milliseconds(1),
                     .errors = [](uint64_t call) -> ErrorCounts {
                       if (call % 10 == 0) return {{"UNAVAILABLE", 1}};
                       if (call % 10 == 1) return {{"NOT_FOUND", 2}};
                       return {};
                     }});
  const LoadResult result = RunLoad(target, ClosedPlan());
  EXPECT_EQ(result.calls, 1000U);
  EXPECT_EQ(result.latency_ns.count(), 800U);
  EXPECT_THAT(result.errors,
              ElementsAre(Pair("NOT_FOUND", 200), Pair("UNAVAILABLE", 100)));
}

TEST(Run, EndsEarlyAfterTooManyErrors) {
  for (const bool open : {false, true}) {
    FakeTarget target({.slots = 4, .errors = [](uint64_t) -> ErrorCounts {
                         return {{"UNAVAILABLE", 1}};
                       }});
    LoadPlan plan = open ? OpenPlan(100'000) : ClosedPlan();
    plan.errors_max = 50;
    const LoadResult result = RunLoad(target, plan);
    EXPECT_GE(result.calls, 51U);
    EXPECT_LE(result.calls, 51U + target.slots());
    EXPECT_THAT(result.errors, ElementsAre(Pair("UNAVAILABLE", result.calls)));
  }
}

TEST(Run, NothingMeasuredIsAnError) {
  FakeTarget target({.slots = 1, .service = seconds(3)});
  EXPECT_THAT(RunLoad(target, ClosedPlan()).errors,
              ElementsAre(Pair("NOTHING_MEASURED", 1)));
}

TEST(Run, ReportsProgressTenTimesASecond) {
  FakeTarget target({.slots = 2});
  int reports = 0;
  Nanoseconds last = {};
  RunLoad(target, ClosedPlan(), [&](const LoadProgress& progress) {
    ++reports;
    EXPECT_GT(progress.elapsed, last);
    EXPECT_EQ(progress.total, seconds(1));
    last = progress.elapsed;
  });
  EXPECT_GE(reports, 9);
  EXPECT_LE(reports, 11);
}

}  // namespace
}  // namespace panvault::bench
