// What this shows: rounds pair the two targets in alternate order, ratios are
// the real one to the null one, and an error ends the duel.

#include "bench/duel.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/fake_target.h"

namespace panvault::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Long services against a short measured time give whole numbers of calls.
DuelPlan PlanOf(int rounds) {
  return {.load = {.warm_up = milliseconds(1), .duration = milliseconds(100)},
          .rounds = rounds};
}

// Writes its name down when a run begins.
class NamedTarget final : public Target {
 public:
  NamedTarget(char name, std::string& log, Nanoseconds service)
      : name_(name), log_(log), target_({.service = service, .items = 5}) {}

  // RunLoad() asks for the slots before the first call.
  size_t slots() const override { return target_.slots(); }
  Nanoseconds Now() override { return target_.Now(); }
  void Start(size_t slot) override {
    if (log_.empty() || log_.back() != name_) log_.push_back(name_);
    target_.Start(slot);
  }
  std::optional<Completion> Wait(Nanoseconds until) override {
    return target_.Wait(until);
  }

 private:
  const char name_;
  std::string& log_;
  FakeTarget target_;
};

TEST(Duel, OrderAlternates) {
  std::string log;
  NamedTarget real('r', log, milliseconds(2));
  NamedTarget null('n', log, milliseconds(1));
  const DuelResult result = RunDuel({real, null}, PlanOf(4));
  // n r, r n, n r, r n, with neighbours of one name run together.
  EXPECT_EQ(log, "nrnrn");
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(Duel, RatioIsRealToNull) {
  std::string log;
  NamedTarget real('r', log, microseconds(2000));
  NamedTarget null('n', log, microseconds(1000));
  const DuelResult result = RunDuel({real, null}, PlanOf(7));
  EXPECT_NEAR(*result.calls_per_s.ratio(), 0.5, 0.01);
  EXPECT_NEAR(result.calls_per_s.subject(), 500, 10);
  EXPECT_NEAR(result.calls_per_s.floor(), 1000, 10);
  EXPECT_NEAR(result.items_per_s.subject(), 2500, 50);
  EXPECT_EQ(result.real_ns.max(), 2'000'000U);
  EXPECT_EQ(result.null_ns.max(), 1'000'000U);
  EXPECT_FALSE(result.cpu_us.ratio().has_value());
}

TEST(Duel, CpuIsThatOfOneCall) {
  FakeTarget real({.service = milliseconds(2)});
  FakeTarget null({.service = milliseconds(1)});
  // The server works all the time: a call costs as long as it takes.
  const DuelHooks hooks = {.server_cpu = [&] {
    return absl::StatusOr<Nanoseconds>(real.Now() + null.Now());
  }};
  const DuelResult result = RunDuel({real, null}, PlanOf(3), hooks);
  EXPECT_NEAR(result.cpu_us.subject(), 2000, 1);
  EXPECT_NEAR(result.cpu_us.floor(), 1000, 1);
  EXPECT_NEAR(*result.cpu_us.ratio(), 2, 0.001);
}

TEST(Duel, CpuIsLeftOutWhenItCannotBeRead) {
  FakeTarget real({.service = milliseconds(2)});
  FakeTarget null({.service = milliseconds(1)});
  const DuelHooks hooks = {.server_cpu = [] {
    return absl::StatusOr<Nanoseconds>(absl::NotFoundError("gone"));
  }};
  const DuelResult result = RunDuel({real, null}, PlanOf(3), hooks);
  EXPECT_FALSE(result.cpu_us.ratio().has_value());
  EXPECT_TRUE(result.calls_per_s.ratio().has_value());
}

TEST(Duel, EndsAfterARoundWithErrors) {
  FakeTarget real(
      {.service = milliseconds(1), .errors = [](uint64_t call) -> ErrorCounts {
         if (call == 50) return {{"INTERNAL", 1}};
         return {};
       }});
  FakeTarget null({.service = milliseconds(1)});
  const DuelResult result = RunDuel({real, null}, PlanOf(7));
  EXPECT_THAT(result.errors, ElementsAre(Pair("INTERNAL", 1)));
  EXPECT_LT(null.starts.size(), 150U);
}

TEST(Duel, ReportsTheRound) {
  FakeTarget real({.service = milliseconds(1)});
  FakeTarget null({.service = milliseconds(1)});
  int last = 0;
  const DuelHooks hooks = {.on_progress = [&](int round, const LoadProgress&) {
    EXPECT_GE(round, last);
    last = round;
  }};
  RunDuel({real, null}, PlanOf(3), hooks);
  EXPECT_EQ(last, 3);
}

}  // namespace
}  // namespace panvault::bench
