// What this shows: one source cannot use up what all have together, and what is
// remembered of sources is bounded.

#include "server/handshake_ration.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

struct Limits {
  double handshakes_per_s = 100;
  double handshakes_burst = 20;
  double source_handshakes_per_s = 10;
  double source_handshakes_burst = 5;
};

int TakeAll(HandshakeRation& ration, absl::string_view source, absl::Time now) {
  int taken = 0;
  while (taken < 1'000 && ration.Wait(now) == absl::ZeroDuration() &&
         ration.Take(source, now)) {
    ++taken;
  }
  return taken;
}

TEST(HandshakeRation, LeavesOthersTheirShare) {
  HandshakeRation ration{Limits()};
  const absl::Time now = absl::UnixEpoch();
  EXPECT_EQ(TakeAll(ration, "10.0.0.1", now), 5);
  EXPECT_EQ(TakeAll(ration, "10.0.0.2", now), 5);
  EXPECT_EQ(TakeAll(ration, "10.0.0.1", now), 0);
}

TEST(HandshakeRation, HoldsAllTogetherToTheirRation) {
  HandshakeRation ration{Limits()};
  const absl::Time now = absl::UnixEpoch();
  int taken = 0;
  for (int i = 0; i < 50; ++i) {
    taken += TakeAll(ration, absl::StrCat("10.0.0.", i), now);
  }
  EXPECT_EQ(taken, 20);
  EXPECT_GT(ration.Wait(now), absl::ZeroDuration());
  EXPECT_LE(ration.Wait(now), absl::Milliseconds(10));
}

TEST(HandshakeRation, ForgetsSourcesThatHaveRested) {
  HandshakeRation ration{Limits()};
  absl::Time now = absl::UnixEpoch();
  EXPECT_EQ(TakeAll(ration, "10.0.0.1", now), 5);
  ration.Forget(now);
  EXPECT_EQ(TakeAll(ration, "10.0.0.1", now), 0);
  now += absl::Seconds(1);
  ration.Forget(now);
  EXPECT_EQ(TakeAll(ration, "10.0.0.1", now), 5);
}

TEST(HandshakeRation, RemembersSoManySourcesOnly) {
  HandshakeRation ration{Limits{1e9, 1e9, 1, 1}};
  const absl::Time now = absl::UnixEpoch();
  for (size_t i = 0; i < kRationedSourcesMax; ++i) {
    ASSERT_TRUE(ration.Take(absl::StrCat(i), now));
  }
  EXPECT_FALSE(ration.Take("1", now));
  EXPECT_TRUE(ration.Take("one more", now));
  EXPECT_TRUE(ration.Take("one more", now)) << "not remembered";
}

}  // namespace
}  // namespace panvault::server
