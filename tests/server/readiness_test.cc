// What this shows: health hears of changes only, one at a time, and never of
// SERVING again once draining has begun.

#include "server/readiness.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Readiness, SaysNothingUntilKeysAreLoaded) {
  std::vector<bool> said;
  Readiness readiness([&said](bool serving) { said.push_back(serving); });
  EXPECT_THAT(said, IsEmpty());
  readiness.KeysUsable(false);
  EXPECT_THAT(said, IsEmpty());
}

TEST(Readiness, FollowsTheKeysAndSpeaksOfChangesOnly) {
  std::vector<bool> said;
  Readiness readiness([&said](bool serving) { said.push_back(serving); });
  for (const bool usable : {true, true, false, false, true, true}) {
    readiness.KeysUsable(usable);
  }
  EXPECT_THAT(said, ElementsAre(true, false, true));
}

TEST(Readiness, NeverServesAgainWhenDraining) {
  std::vector<bool> said;
  Readiness readiness([&said](bool serving) { said.push_back(serving); });
  readiness.KeysUsable(true);
  readiness.Drain();
  EXPECT_THAT(said, ElementsAre(true, false));
  readiness.KeysUsable(false);
  readiness.KeysUsable(true);
  readiness.Drain();
  EXPECT_THAT(said, ElementsAre(true, false));
}

TEST(Readiness, NeverServesWhenDrainedBeforeTheKeysCame) {
  std::vector<bool> said;
  Readiness readiness([&said](bool serving) { said.push_back(serving); });
  readiness.Drain();
  readiness.KeysUsable(true);
  EXPECT_THAT(said, IsEmpty());
}

TEST(Readiness, SpeaksOneAtATimeWhenManyThreadsReport) {
  // Not guarded: ThreadSanitizer says if two calls are ever made at a time.
  std::vector<bool> said;
  Readiness readiness([&said](bool serving) { said.push_back(serving); });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&readiness, t] {
      for (int i = 0; i < 1000; ++i) readiness.KeysUsable((i + t) % 2 == 0);
      if (t == 0) readiness.Drain();
    });
  }
  for (std::thread& thread : threads) thread.join();

  bool before = false;
  for (const bool serving : said) {
    EXPECT_NE(serving, before) << "not a change";
    before = serving;
  }
  EXPECT_FALSE(before) << "serves after Drain";
}

}  // namespace
}  // namespace panvault::server
