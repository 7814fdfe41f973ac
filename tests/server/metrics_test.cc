// What this shows: every call is counted once, under its method, its code and
// the bucket that its duration belongs to, also from many threads.

#include "server/metrics.h"

#include <numeric>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::server {
namespace {

size_t CodeIndex(absl::StatusCode code) { return static_cast<size_t>(code); }

TEST(Metrics, NothingIsCountedAtFirst) {
  const Metrics metrics;
  for (const RpcRow& row : RpcTable()) {
    const CallNumbers numbers = metrics.calls(row.rpc);
    for (const uint64_t count : numbers.by_code) EXPECT_EQ(count, 0u);
    for (const uint64_t count : numbers.by_duration) EXPECT_EQ(count, 0u);
    EXPECT_EQ(numbers.duration, absl::ZeroDuration());
  }
  EXPECT_FALSE(metrics.ready());
  EXPECT_EQ(metrics.keyset_failures(), 0u);
}

TEST(Metrics, CallIsCountedUnderItsMethodAndCode) {
  Metrics metrics;
  metrics.CountCall(Rpc::kDetokenize,
                    {.code = absl::StatusCode::kPermissionDenied,
                     .duration = absl::Milliseconds(3)});
  metrics.CountCall(Rpc::kDetokenize, {.duration = absl::Milliseconds(4)});
  const CallNumbers numbers = metrics.calls(Rpc::kDetokenize);
  EXPECT_EQ(numbers.by_code[CodeIndex(absl::StatusCode::kPermissionDenied)],
            1u);
  EXPECT_EQ(numbers.by_code[CodeIndex(absl::StatusCode::kOk)], 1u);
  EXPECT_EQ(numbers.duration, absl::Milliseconds(7));
  EXPECT_EQ(metrics.calls(Rpc::kTokenize).duration, absl::ZeroDuration());
}

TEST(Metrics, CodeThatIsNotKnownIsUnknown) {
  Metrics metrics;
  metrics.CountCall(Rpc::kTokenize,
                    {.code = static_cast<absl::StatusCode>(99)});
  EXPECT_EQ(metrics.calls(Rpc::kTokenize)
                .by_code[CodeIndex(absl::StatusCode::kUnknown)],
            1u);
}

// The bucket of one call; the last one is for what is over all bounds.
size_t BucketOf(absl::Duration duration) {
  Metrics metrics;
  metrics.CountCall(Rpc::kTokenize, {.duration = duration});
  const auto buckets = metrics.calls(Rpc::kTokenize).by_duration;
  EXPECT_EQ(std::accumulate(buckets.begin(), buckets.end(), uint64_t{0}), 1u);
  size_t bucket = 0;
  while (buckets.at(bucket) == 0) ++bucket;
  return bucket;
}

TEST(Metrics, BoundsOfBucketsAreInclusive) {
  for (size_t i = 0; i < kDurationBoundsUs.size(); ++i) {
    const absl::Duration bound = absl::Microseconds(kDurationBoundsUs[i]);
    EXPECT_EQ(BucketOf(bound), i);
    EXPECT_EQ(BucketOf(bound - absl::Nanoseconds(1)), i);
    EXPECT_EQ(BucketOf(bound + absl::Nanoseconds(1)), i + 1);
  }
  EXPECT_EQ(BucketOf(absl::ZeroDuration()), 0u);
  EXPECT_EQ(BucketOf(absl::Hours(1)), kDurationBoundsUs.size());
}

TEST(Metrics, ClockThatWasSetBackTakesNothingAway) {
  Metrics metrics;
  metrics.CountCall(Rpc::kTokenize, {.duration = absl::Seconds(1)});
  metrics.CountCall(Rpc::kTokenize, {.duration = absl::Seconds(-9)});
  EXPECT_EQ(metrics.calls(Rpc::kTokenize).duration, absl::Seconds(1));
  EXPECT_EQ(metrics.calls(Rpc::kTokenize).by_duration[0], 1u);
}

TEST(Metrics, ItemsOfBatchesAddUp) {
  Metrics metrics;
  metrics.CountCall(Rpc::kBatchTokenize, {.items = 10, .items_refused = 3});
  metrics.CountCall(Rpc::kBatchTokenize, {.items = 5});
  EXPECT_EQ(metrics.calls(Rpc::kBatchTokenize).items, 15u);
  EXPECT_EQ(metrics.calls(Rpc::kBatchTokenize).items_refused, 3u);
}

TEST(Metrics, EachReasonHasACountOfItsOwn) {
  Metrics metrics;
  uint64_t times = 0;
  for (const vault::Reason reason : vault::AllReasons()) {
    for (uint64_t i = 0; i <= times; ++i) metrics.CountError(reason);
    ++times;
  }
  metrics.CountRefusedHandshake(vault::Reason::kSvidExpired);
  times = 0;
  for (const vault::Reason reason : vault::AllReasons()) {
    EXPECT_EQ(metrics.errors(reason), ++times) << vault::NameOf(reason);
    EXPECT_EQ(metrics.refused_handshakes(reason),
              reason == vault::Reason::kSvidExpired ? 1u : 0u);
  }
}

TEST(Metrics, EachReasonToDropHasACountOfItsOwn) {
  Metrics metrics;
  metrics.CountDrop(DropReason::kHandshakeRate);
  metrics.CountDrop(DropReason::kNotWatched);
  metrics.CountDrop(DropReason::kNotWatched);
  EXPECT_EQ(metrics.drops(DropReason::kHandshakeRate), 1u);
  EXPECT_EQ(metrics.drops(DropReason::kConnectionLimit), 0u);
  EXPECT_EQ(metrics.drops(DropReason::kNotWatched), 2u);
}

TEST(Metrics, NoCountIsLostBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&metrics] {
      for (int i = 0; i < kEach; ++i) {
        metrics.CountCall(Rpc::kTokenize, {.duration = absl::Microseconds(i)});
        metrics.CountError(vault::Reason::kNotGranted);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const CallNumbers numbers = metrics.calls(Rpc::kTokenize);
  EXPECT_EQ(numbers.by_code[0], uint64_t{kThreads} * kEach);
  EXPECT_EQ(std::accumulate(numbers.by_duration.begin(),
                            numbers.by_duration.end(), uint64_t{0}),
            uint64_t{kThreads} * kEach);
  EXPECT_EQ(metrics.errors(vault::Reason::kNotGranted),
            uint64_t{kThreads} * kEach);
}

}  // namespace
}  // namespace panvault::server
