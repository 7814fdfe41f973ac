// What this shows: a gRPC target runs as many calls as it has slots, waits no
// longer than asked, stamps ends as they come, and can be destroyed with calls
// out. Each in both ways of waiting.

#include "bench/rpc_target.h"

#include <chrono>
#include <set>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/bench_server.h"

namespace panvault::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class RpcTargetTest : public ::testing::TestWithParam<Harvest> {
 protected:
  std::unique_ptr<Target> TargetOn(const BenchServer& server, size_t slots) {
    return NewRpcTarget({.call = {.profile = "cards"},
                         .slots = slots,
                         .timeout = seconds(30),
                         .harvest = GetParam()},
                        server.OpenChannels(2), PanSource::Create({}).value());
  }
};

TEST_P(RpcTargetTest, EverySlotEndsOnce) {
  const BenchServer server;
  const auto target = TargetOn(server, 10);
  ASSERT_EQ(target->slots(), 10U);
  for (int round = 0; round < 3; ++round) {
    const Nanoseconds begin = target->Now();
    for (size_t slot = 0; slot < 10; ++slot) target->Start(slot);
    std::set<size_t> ended;
    for (int i = 0; i < 10; ++i) {
      const auto done = target->Wait(target->Now() + seconds(30));
      ASSERT_TRUE(done.has_value());
      ended.insert(done->slot);
      EXPECT_EQ(done->items, 1U);
      EXPECT_THAT(done->errors, IsEmpty());
      EXPECT_GT(done->time, begin);
      EXPECT_LE(done->time, target->Now());
    }
    EXPECT_EQ(ended.size(), 10U);
  }
  EXPECT_EQ(server.calls(), 30);
}

TEST_P(RpcTargetTest, WaitEndsWithoutACall) {
  const BenchServer server;
  const auto target = TargetOn(server, 1);
  const Nanoseconds until = target->Now() + milliseconds(20);
  EXPECT_FALSE(target->Wait(until).has_value());
  EXPECT_GE(target->Now(), until);
}

TEST_P(RpcTargetTest, CallsOutAreCancelledWhenTheTargetGoes) {
  const BenchServer server(BenchServer::Options{.script = [](int) {
    std::this_thread::sleep_for(milliseconds(200));
    return grpc::Status::OK;
  }});
  const auto target = TargetOn(server, 4);
  for (size_t slot = 0; slot < 4; ++slot) target->Start(slot);
}

TEST_P(RpcTargetTest, NobodyAtTheAddressIsUnavailable) {
  auto gone = std::make_unique<BenchServer>();
  const auto target = TargetOn(*gone, 1);
  gone.reset();
  target->Start(0);
  const auto done = target->Wait(target->Now() + seconds(30));
  ASSERT_TRUE(done.has_value());
  EXPECT_THAT(done->errors, ElementsAre(Pair("UNAVAILABLE", 1)));
}

INSTANTIATE_TEST_SUITE_P(Both, RpcTargetTest,
                         ::testing::Values(Harvest::kInWait,
                                           Harvest::kInThread),
                         [](const auto& test) {
                           return test.param == Harvest::kInWait ? "InWait"
                                                                 : "InThread";
                         });

// A thread of its own stamps an end when it comes, not when it is asked for.
TEST(RpcTarget, ThreadStampsEndsAsTheyCome) {
  const BenchServer server;
  const auto target = NewRpcTarget(
      {.call = {.profile = "cards"}, .harvest = Harvest::kInThread},
      server.OpenChannels(1), PanSource::Create({}).value());
  target->Start(0);
  while (server.calls() == 0) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(seconds(1));
  const Nanoseconds asked = target->Now();
  const auto done = target->Wait(asked + seconds(30));
  ASSERT_TRUE(done.has_value());
  EXPECT_LT(done->time, asked);
}

}  // namespace
}  // namespace panvault::bench
