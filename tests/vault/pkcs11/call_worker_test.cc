// What this shows: callers wait no longer than they want to, a call that hangs
// holds up nobody, and what it owned lives as long as it does.

#include "vault/pkcs11/call_worker.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(30);
constexpr absl::Duration kShort = absl::Milliseconds(30);

// A call that hangs until Release.
class Hanging {
 public:
  std::function<void()> call() {
    return [held = held_, gate = gate_] {
      *held = true;
      gate.wait();
    };
  }
  bool held() const { return *held_; }
  void Release() { release_.set_value(); }

 private:
  std::promise<void> release_;
  std::shared_future<void> gate_ = release_.get_future().share();
  std::shared_ptr<std::atomic<bool>> held_ =
      std::make_shared<std::atomic<bool>>(false);
};

TEST(CallWorkerTest, CallsRunOneAtATime) {
  CallWorker worker;
  std::atomic<int> inside{0};
  int calls = 0;  // Not atomic: one thread.
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        EXPECT_THAT(worker.Run(
                        [&] {
                          EXPECT_EQ(++inside, 1);
                          ++calls;
                          --inside;
                        },
                        kLong),
                    IsOk());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(calls, 400);
}

TEST(CallWorkerTest, CallerLeavesACallThatHangs) {
  CallWorker worker;
  Hanging hanging;
  const absl::Status status = worker.Run(hanging.call(), kShort);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(std::string(status.message()), "no answer within 30ms");
  EXPECT_TRUE(hanging.held());

  // Others do not wait for it at all.
  const absl::Time begin = absl::Now();
  EXPECT_THAT(worker.Run([] {}, kLong),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));

  hanging.Release();
  for (int i = 0; i < 1000 && !worker.Run([] {}, kLong).ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_THAT(worker.Run([] {}, kLong), IsOk());
}

TEST(CallWorkerTest, WhatWasNotBegunInTimeIsNeverMade) {
  CallWorker worker;
  Hanging hanging;
  std::thread first(
      [&] { EXPECT_THAT(worker.Run(hanging.call(), kLong), IsOk()); });
  while (!hanging.held()) absl::SleepFor(absl::Milliseconds(1));
  std::atomic<bool> made{false};
  EXPECT_THAT(worker.Run([&] { made = true; }, kShort),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  hanging.Release();
  first.join();
  EXPECT_THAT(worker.Run([] {}, kLong), IsOk());
  EXPECT_FALSE(made);
}

TEST(CallWorkerTest, WhoWaitsBehindACallThatHangsLeavesWithItsCaller) {
  CallWorker worker;
  Hanging hanging;
  std::thread first([&] {
    EXPECT_THAT(worker.Run(hanging.call(), absl::Milliseconds(300)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  });
  while (!hanging.held()) absl::SleepFor(absl::Milliseconds(1));
  const absl::Time begin = absl::Now();
  EXPECT_THAT(worker.Run([] {}, kLong),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  first.join();
  hanging.Release();
}

TEST(CallWorkerTest, QueueIsBounded) {
  CallWorker worker;
  Hanging hanging;
  std::vector<std::thread> callers;
  callers.emplace_back(
      [&] { EXPECT_THAT(worker.Run(hanging.call(), kLong), IsOk()); });
  while (!hanging.held()) absl::SleepFor(absl::Milliseconds(1));
  std::atomic<size_t> refused{0};
  std::atomic<size_t> served{0};
  for (size_t i = 0; i < kWaitingCallsMax + 3; ++i) {
    callers.emplace_back([&] {
      const absl::Status status = worker.Run([] {}, kLong);
      if (status.ok()) {
        ++served;
        return;
      }
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
      EXPECT_THAT(std::string(status.message()), HasSubstr("over 64"));
      ++refused;
    });
  }
  while (refused < 3) absl::SleepFor(absl::Milliseconds(1));
  hanging.Release();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(refused, 3u);
  EXPECT_EQ(served, kWaitingCallsMax);
}

TEST(CallWorkerTest, EndsWhileACallHangsAndFreesWhatItOwnsAfterIt) {
  Hanging hanging;
  const auto owned = std::make_shared<int>(7);
  const std::weak_ptr<int> watch = owned;
  {
    CallWorker worker;
    EXPECT_THAT(
        worker.Run([call = hanging.call(), owned = owned] { call(); }, kShort),
        StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  EXPECT_EQ(watch.use_count(), 2);
  hanging.Release();
  for (int i = 0; i < 2000 && watch.use_count() > 1; ++i) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(watch.use_count(), 1);
}

}  // namespace
}  // namespace panvault::vault::pkcs11
