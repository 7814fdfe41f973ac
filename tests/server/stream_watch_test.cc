// What this shows: a workload that takes its streams back before they are calls
// is found out, by certificate, and one that calls is not, however much.

#include "server/stream_watch.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/limits.h"

namespace panvault::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'500'000'000);

class StreamWatchTest : public ::testing::Test {
 protected:
  void Begin(const std::string& leaf, int64_t streams, absl::Time now = kNow) {
    for (int64_t i = 0; i < streams; ++i) watch_.Began(leaf, now);
  }

  std::vector<std::string> closed_;
  std::vector<int64_t> open_;
  StreamWatch watch_{[this](absl::string_view leaf, int64_t open) {
    closed_.emplace_back(leaf);
    open_.push_back(open);
  }};
};

TEST_F(StreamWatchTest, ClosesWhoseStreamsAreNoCalls) {
  Begin("good", 10);
  Begin("storm", kStreamsWithoutCallMax - 1);
  EXPECT_THAT(closed_, IsEmpty());
  Begin("storm", 1);
  EXPECT_THAT(closed_, ElementsAre("storm"));
}

TEST_F(StreamWatchTest, ClosesAgainWhatGoesOn) {
  Begin("storm", 3 * kStreamsWithoutCallMax);
  EXPECT_THAT(closed_, ElementsAre("storm", "storm", "storm"));
  EXPECT_THAT(open_, ElementsAre(1'000, 2'000, 3'000));
}

TEST_F(StreamWatchTest, LeavesAloneWhoCalls) {
  for (int64_t i = 0; i < 10 * kStreamsWithoutCallMax; ++i) {
    watch_.Began("busy", kNow);
    watch_.BecameCall("busy");
  }
  EXPECT_THAT(closed_, IsEmpty());
  // Under way together, as many as one connection may have.
  for (int round = 0; round < 100; ++round) {
    Begin("busy", kStreamsPerConnectionMax);
    for (int i = 0; i < kStreamsPerConnectionMax; ++i) {
      watch_.BecameCall("busy");
    }
  }
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(StreamWatchTest, ForgetsThoseOfAnEarlierSecond) {
  for (int second = 0; second < 10; ++second) {
    Begin("slow", kStreamsWithoutCallMax - 1,
          kNow + absl::Seconds(1.1) * second);
  }
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(StreamWatchTest, CallsOfNobodyCountForNothing) {
  for (int i = 0; i < 100; ++i) watch_.BecameCall("storm");
  Begin("storm", kStreamsWithoutCallMax);
  EXPECT_THAT(closed_, ElementsAre("storm"));
}

TEST_F(StreamWatchTest, ManyCertificatesDoNotHideOne) {
  Begin("storm", kStreamsWithoutCallMax - 1);
  for (int i = 0; i < 10'000; ++i) Begin(absl::StrCat("other", i), 1);
  Begin("storm", 1);
  EXPECT_THAT(closed_, ElementsAre("storm"));
}

}  // namespace
}  // namespace panvault::server
