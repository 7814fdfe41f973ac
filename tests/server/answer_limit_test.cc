// What this shows: a caller has so many shares and no more, others have their
// own, and a share comes back with its last copy, on whatever thread.

#include "server/answer_limit.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::server {
namespace {

TEST(AnswerLimit, EachCallerHasItsShares) {
  AnswerLimit limit(2);
  const auto one = limit.Take("shop");
  auto two = limit.Take("shop");
  ASSERT_NE(one, nullptr);
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(limit.Take("shop"), nullptr);
  EXPECT_NE(limit.Take("bulk"), nullptr);
  const auto copy = two;
  two.reset();
  EXPECT_EQ(limit.Take("shop"), nullptr) << "there is a copy";
}

TEST(AnswerLimit, SharesComeBack) {
  AnswerLimit limit(1);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_NE(limit.Take("shop"), nullptr) << i;
  }
}

TEST(AnswerLimit, NoneIsAMistakeThatRefusesAll) {
  AnswerLimit limit(0);
  EXPECT_EQ(limit.Take("shop"), nullptr);
}

TEST(AnswerLimit, HoldsAcrossThreads) {
  AnswerLimit limit(3);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        const auto share = limit.Take("shop");
        if (share == nullptr) continue;
        const int now = ++held;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --held;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_NE(limit.Take("shop"), nullptr);
}

}  // namespace
}  // namespace panvault::server
