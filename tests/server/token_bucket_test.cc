// What this shows: a bucket lets its burst through at once, then its rate, and
// never more because of a clock that jumps.

#include "server/token_bucket.h"

#include "gtest/gtest.h"

namespace panvault::server {
namespace {

int TakeAll(TokenBucket& bucket, absl::Time now) {
  int taken = 0;
  while (taken < 1'000 && bucket.Take(now)) ++taken;
  return taken;
}

TEST(TokenBucket, StartsWithItsBurst) {
  TokenBucket bucket(10, 5);
  EXPECT_TRUE(bucket.full(absl::UnixEpoch()));
  EXPECT_EQ(TakeAll(bucket, absl::UnixEpoch()), 5);
  EXPECT_FALSE(bucket.full(absl::UnixEpoch()));
}

TEST(TokenBucket, FillsAtItsRateUpToItsBurst) {
  TokenBucket bucket(10, 5);
  absl::Time now = absl::UnixEpoch();
  TakeAll(bucket, now);
  now += absl::Milliseconds(250);
  EXPECT_EQ(TakeAll(bucket, now), 2);
  now += absl::Hours(1);
  EXPECT_EQ(TakeAll(bucket, now), 5);
}

TEST(TokenBucket, SaysHowLongToWait) {
  TokenBucket bucket(10, 1);
  const absl::Time now = absl::UnixEpoch();
  EXPECT_EQ(bucket.Wait(now), absl::ZeroDuration());
  ASSERT_TRUE(bucket.Take(now));
  const absl::Duration wait = bucket.Wait(now);
  EXPECT_EQ(wait, absl::Milliseconds(100));
  EXPECT_FALSE(bucket.Take(now + wait / 2));
  EXPECT_TRUE(bucket.Take(now + wait));
}

TEST(TokenBucket, GivesNothingForAClockThatGoesBack) {
  TokenBucket bucket(10, 5);
  const absl::Time now = absl::UnixEpoch();
  TakeAll(bucket, now);
  EXPECT_EQ(TakeAll(bucket, now - absl::Hours(1)), 0);
}

}  // namespace
}  // namespace panvault::server
