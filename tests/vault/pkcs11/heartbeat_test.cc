// What this shows: it beats again and again, and not after its end.

#include "vault/pkcs11/heartbeat.h"

#include <atomic>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace panvault::vault::pkcs11 {
namespace {

TEST(HeartbeatTest, BeatsUntilItsEnd) {
  std::atomic<int> beats{0};
  {
    const Heartbeat heartbeat(absl::Milliseconds(1), [&beats] { ++beats; });
    while (beats < 5) absl::SleepFor(absl::Milliseconds(1));
  }
  const int at_the_end = beats;
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(beats, at_the_end);
}

TEST(HeartbeatTest, PausesBeforeTheFirstAndEndsWithinThePause) {
  std::atomic<int> beats{0};
  const absl::Time begin = absl::Now();
  {
    const Heartbeat heartbeat(absl::Hours(1), [&beats] { ++beats; });
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_EQ(beats, 0);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
}

TEST(HeartbeatTest, EndWaitsForABeat) {
  std::atomic<bool> begun{false};
  std::atomic<bool> ended{false};
  {
    const Heartbeat heartbeat(absl::Milliseconds(1), [&] {
      begun = true;
      absl::SleepFor(absl::Milliseconds(50));
      ended = true;
    });
    while (!begun) absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace panvault::vault::pkcs11
