// What this shows: a failure that lasts is told once a minute and not more,
// with the age of what is kept; another failure and an end of it are told at
// once.

#include "server/source_alarm.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/log_pipe.h"

namespace panvault::server {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

absl::Time At(int seconds) { return kStart + absl::Seconds(seconds); }

// Event, reason and age of each line, in short.
std::vector<std::string> Told(testing::LogPipe& log) {
  std::vector<std::string> told;
  for (const auto& line : log.TakeLines()) {
    std::string text = line["event"].get<std::string>();
    if (line.contains("reason"))
      text += " " + line["reason"].get<std::string>();
    if (line.contains("kept_age_s")) {
      text += " " + std::to_string(line["kept_age_s"].get<int>());
    }
    told.push_back(text);
  }
  return told;
}

class SourceAlarmTest : public ::testing::Test {
 protected:
  testing::LogPipe pipe_;
  JsonLog log_{pipe_.fd()};
  SourceAlarm alarm_{log_, "thing"};
};

TEST_F(SourceAlarmTest, TellsEachReasonOnceAMinute) {
  alarm_.Loaded(At(0), {{"name", "a"}});
  for (int s = 10; s < 140; ++s) {
    alarm_.Failed(At(s), absl::InternalError("bad"));
  }
  alarm_.Failed(At(141), absl::InternalError("worse"));
  alarm_.Failed(At(142), absl::InternalError("bad"));
  EXPECT_EQ(alarm_.numbers().failures, 132u);
  EXPECT_TRUE(alarm_.numbers().failing);
  EXPECT_EQ(alarm_.numbers().loaded_at, At(0));
  EXPECT_THAT(
      Told(pipe_),
      ::testing::ElementsAre(
          "thing_loaded", "thing_reload_failed bad 10",
          "thing_reload_failed bad 70", "thing_reload_failed bad 130",
          "thing_reload_failed worse 141", "thing_reload_failed bad 142"));
}

TEST_F(SourceAlarmTest, TellsTheEndOfAFailure) {
  alarm_.Loaded(At(0), {});
  alarm_.Unchanged(At(1));
  alarm_.Failed(At(2), absl::InternalError("bad"));
  alarm_.Unchanged(At(3));
  alarm_.Unchanged(At(4));
  alarm_.Failed(At(5), absl::InternalError("bad"));
  EXPECT_EQ(alarm_.numbers().loads, 1u);
  alarm_.Loaded(At(6), {});
  EXPECT_EQ(alarm_.numbers().loads, 2u);
  EXPECT_FALSE(alarm_.numbers().failing);
  EXPECT_THAT(Told(pipe_), ::testing::ElementsAre(
                               "thing_loaded", "thing_reload_failed bad 2",
                               "thing_reload_recovered",
                               "thing_reload_failed bad 5", "thing_loaded"));
}

TEST_F(SourceAlarmTest, RepeatsByItself) {
  alarm_.Tick(At(0));
  alarm_.Failed(At(0), absl::InternalError("bad"));
  for (int s = 0; s < 130; ++s) alarm_.Tick(At(s));
  EXPECT_EQ(alarm_.numbers().failures, 1u);
  // Nothing was ever loaded: there is no age.
  EXPECT_THAT(Told(pipe_), ::testing::ElementsAre("thing_reload_failed bad",
                                                  "thing_reload_failed bad",
                                                  "thing_reload_failed bad"));
}

}  // namespace
}  // namespace panvault::server
