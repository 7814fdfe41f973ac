// What this shows: jobs start in order, side by side; the queue has its bound,
// and a job that it refuses is still the caller's; what was taken is finished,
// and let go of, whatever happens.

#include "server/worker_pool.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

// Keeps one worker busy from construction until Open().
class Gate final {
 public:
  explicit Gate(WorkerPool& pool) {
    EXPECT_TRUE(pool.Submit("shop", [state = state_] {
      state->entered.set_value();
      state->opened.get_future().wait();
    }));
    state_->entered.get_future().wait();
  }
  ~Gate() { Open(); }

  void Open() {
    if (!std::exchange(open_, true)) state_->opened.set_value();
  }

 private:
  // Shared with the job, which may outlive the gate.
  struct State {
    std::promise<void> entered;
    std::promise<void> opened;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  bool open_ = false;
};

TEST(WorkerPool, StartsJobsInTheirOrder) {
  std::vector<int> order;
  {
    WorkerPool pool({.threads = 1, .queue_max = 100});
    Gate gate(pool);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(pool.Submit("shop", [&order, i] { order.push_back(i); }));
    }
    gate.Open();
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

TEST(WorkerPool, RunsAsManyAtATimeAsItHasThreads) {
  constexpr size_t kThreads = 4;
  std::atomic<bool> ran = false;
  WorkerPool pool({.threads = kThreads, .queue_max = kThreads});
  // Each gate holds a worker, so that the next one needs another.
  std::vector<std::unique_ptr<Gate>> gates;
  for (size_t i = 0; i < kThreads; ++i) {
    gates.push_back(std::make_unique<Gate>(pool));
  }
  ASSERT_TRUE(pool.Submit("shop", [&ran] { ran = true; }));
  EXPECT_FALSE(ran) << "a fifth thread";
}

TEST(WorkerPool, RefusesWhenAsManyWaitAsMay) {
  std::promise<void> last;
  WorkerPool pool({.threads = 1, .queue_max = 3});
  Gate gate(pool);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.Submit("shop", [] {})) << i;
  EXPECT_TRUE(pool.Submit("shop", [&last] { last.set_value(); }));
  EXPECT_FALSE(pool.Submit("shop", [] {}));
  EXPECT_FALSE(pool.Submit("shop", [] {}));
  EXPECT_EQ(pool.waiting(), 3u) << "without the one that runs";

  gate.Open();
  last.get_future().wait();
  EXPECT_EQ(pool.waiting(), 0u);
  EXPECT_TRUE(pool.Submit("shop", [] {})) << "room again";
}

TEST(WorkerPool, LetsCallersTakeTurns) {
  std::string order;
  {
    WorkerPool pool({.threads = 1, .queue_max = 100});
    Gate gate(pool);
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(pool.Submit("greedy", [&order] { order += 'g'; }));
    }
    ASSERT_TRUE(pool.Submit("modest", [&order] { order += 'm'; }));
    ASSERT_TRUE(pool.Submit("modest", [&order] { order += 'm'; }));
    gate.Open();
  }
  EXPECT_EQ(order, "gmgmgg");
}

TEST(WorkerPool, LeavesRoomForOthersThanTheGreedy) {
  WorkerPool pool({.threads = 1, .queue_max = 4, .caller_max = 2});
  Gate gate(pool);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.Submit("greedy", [] {}));
  EXPECT_FALSE(pool.Submit("greedy", [] {}));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.Submit("modest", [] {}));
  EXPECT_FALSE(pool.Submit("third", [] {})) << "the queue is full";
}

TEST(WorkerPool, LeavesARefusedJobAsItWas) {
  WorkerPool pool({.threads = 1, .queue_max = 0});
  int ran = 0;
  WorkerPool::Job job = [&ran, held = std::make_unique<int>(7)] {
    ran += *held;
  };
  ASSERT_FALSE(pool.Submit("shop", std::move(job)));
  ASSERT_TRUE(job);
  EXPECT_EQ(ran, 0);
  std::move(job)();
  EXPECT_EQ(ran, 7);
}

TEST(WorkerPool, FinishesWhatItTookWhenDestroyed) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool({.threads = 2, .queue_max = 500});
    Gate first(pool);
    Gate second(pool);
    for (int i = 0; i < 500; ++i)
      ASSERT_TRUE(pool.Submit("shop", [&ran] { ++ran; }));
    EXPECT_EQ(ran, 0);
  }
  EXPECT_EQ(ran, 500);
}

TEST(WorkerPool, StopsWhenThereWasNothingToDo) {
  const WorkerPool pool({.threads = 3, .queue_max = 1});
}

TEST(WorkerPool, LetsGoOfAJobBeforeItTakesTheNext) {
  const auto held = std::make_shared<int>(1);
  std::promise<long> uses;
  WorkerPool pool({.threads = 1, .queue_max = 2});
  Gate gate(pool);
  ASSERT_TRUE(pool.Submit("shop", [copy = held] {}));
  ASSERT_TRUE(pool.Submit("shop", [&] { uses.set_value(held.use_count()); }));
  EXPECT_EQ(held.use_count(), 2);
  gate.Open();
  EXPECT_EQ(uses.get_future().get(), 1);
}

// Does something when it is destroyed.
class AtTheEnd final {
 public:
  explicit AtTheEnd(absl::AnyInvocable<void()> act) : act_(std::move(act)) {}
  ~AtTheEnd() { act_(); }

 private:
  absl::AnyInvocable<void()> act_;
};

TEST(WorkerPool, MayBeGivenWorkByAJobAndByItsDestructor) {
  std::promise<void> inner;
  std::promise<void> outer;
  WorkerPool pool({.threads = 1, .queue_max = 2});
  // Would hang if the pool held its lock while it runs or frees a job.
  auto at_the_end = std::make_unique<AtTheEnd>([&] {
    EXPECT_TRUE(pool.Submit("shop", [&outer] { outer.set_value(); }));
  });
  ASSERT_TRUE(pool.Submit("shop", [&, held = std::move(at_the_end)] {
    EXPECT_TRUE(pool.Submit("shop", [&inner] { inner.set_value(); }));
  }));
  inner.get_future().wait();
  outer.get_future().wait();
}

TEST(WorkerPool, LosesNoJobWhenManyThreadsSubmit) {
  constexpr int kSubmitters = 4;
  constexpr int kEach = 2000;
  std::atomic<int> taken = 0;
  std::atomic<int> ran = 0;
  {
    WorkerPool pool({.threads = 3, .queue_max = 16});
    std::vector<std::thread> submitters;
    for (int t = 0; t < kSubmitters; ++t) {
      submitters.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          if (pool.Submit("shop", [&ran] { ++ran; })) ++taken;
        }
      });
    }
    for (std::thread& submitter : submitters) submitter.join();
  }
  EXPECT_GE(taken, 16);
  EXPECT_EQ(ran, taken);
}

}  // namespace
}  // namespace panvault::server
