// What this shows: a certificate that is renewed in time causes no warning; one
// that is forgotten causes few at first, and one a minute at the end and after.

#include "server/expiry_watch.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// When it warns, in seconds before the end, if it is asked every second.
std::vector<int64_t> Warnings(absl::Duration life, absl::Duration past) {
  ExpiryWatch watch;
  std::vector<int64_t> left;
  const absl::Time end = kStart + life;
  for (absl::Time now = kStart; now < end + past; now += absl::Seconds(1)) {
    if (watch.IsTimeToWarn(end, now)) {
      left.push_back(absl::ToInt64Seconds(end - now));
    }
  }
  return left;
}

TEST(ExpiryWatchTest, WarnsMoreOftenTowardsTheEnd) {
  EXPECT_THAT(Warnings(absl::Hours(1), absl::Seconds(150)),
              ::testing::ElementsAre(900, 450, 225, 112, 52, -8, -68, -128));
}

TEST(ExpiryWatchTest, LongLivesAreWatchedForTheirLastDay) {
  EXPECT_EQ(Warnings(absl::Hours(24 * 365), absl::ZeroDuration()).front(),
            24 * 3600);
}

TEST(ExpiryWatchTest, RenewalInTimeIsSilent) {
  ExpiryWatch watch;
  absl::Time end = kStart + absl::Hours(1);
  for (int s = 0; s < 10 * 3600; ++s) {
    const absl::Time now = kStart + absl::Seconds(s);
    if (s % 1800 == 0) end = now + absl::Hours(1);
    EXPECT_FALSE(watch.IsTimeToWarn(end, now)) << s;
  }
}

TEST(ExpiryWatchTest, RenewalEndsTheWarnings) {
  ExpiryWatch watch;
  const absl::Time end = kStart + absl::Hours(1);
  EXPECT_FALSE(watch.IsTimeToWarn(end, kStart));
  EXPECT_TRUE(watch.IsTimeToWarn(end, end - absl::Seconds(1)));
  EXPECT_FALSE(watch.IsTimeToWarn(end + absl::Hours(1), end));
}

TEST(ExpiryWatchTest, LoadedExpiredIsToldAtOnce) {
  ExpiryWatch watch;
  EXPECT_TRUE(watch.IsTimeToWarn(kStart, kStart + absl::Seconds(1)));
}

}  // namespace
}  // namespace panvault::server
