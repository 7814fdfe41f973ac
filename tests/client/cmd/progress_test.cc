// What this shows: the progress line says the right figures, and is written to
// terminals only.

#include "client/cmd/progress.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/pipe.h"

namespace panvault::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(RenderProgress, ShowsLinesAndRateForAPipe) {
  EXPECT_EQ(RenderProgress({.lines = 1'234'567,
                            .input_bytes = 20'000'000,
                            .input_bytes_total = 0,
                            .elapsed = absl::Seconds(2)}),
            "1,234,567 lines  617,283/s");
  EXPECT_EQ(RenderProgress({.lines = 0,
                            .input_bytes = 0,
                            .input_bytes_total = 0,
                            .elapsed = absl::ZeroDuration()}),
            "0 lines  0/s");
}

TEST(RenderProgress, AddsPercentAndTimeToGoForAFile) {
  EXPECT_EQ(RenderProgress({.lines = 999,
                            .input_bytes = 250,
                            .input_bytes_total = 1000,
                            .elapsed = absl::Seconds(30)}),
            "999 lines  33/s  25%  ETA 1:30");
  EXPECT_THAT(RenderProgress({.lines = 1,
                              .input_bytes = 2000,
                              .input_bytes_total = 1000,
                              .elapsed = absl::Seconds(1)}),
              EndsWith("100%  ETA 0:00"));
}

TEST(RenderSummary, SaysHowFastItWas) {
  EXPECT_EQ(RenderSummary({.lines = 1000,
                           .input_bytes = 0,
                           .input_bytes_total = 0,
                           .elapsed = absl::Milliseconds(2500)}),
            "1,000 lines in 2.5 s (400/s)");
}

TEST(Progress, WritesNothingUnlessEnabled) {
  Output output;
  Progress progress({.fd = output.fd(), .enabled = false});
  absl::SleepFor(absl::Milliseconds(150));
  progress.Update(5, 50);
  progress.Finish(true);
  EXPECT_EQ(output.Take(), "");
}

TEST(Progress, DrawsAtMostTenTimesASecondAndEndsWithASummary) {
  Output output;
  Progress progress(
      {.fd = output.fd(), .enabled = true, .input_bytes_total = 100});
  progress.Update(1, 10);
  absl::SleepFor(absl::Milliseconds(150));
  for (int i = 2; i < 100; ++i) progress.Update(2, 50);
  progress.Finish(true);
  const std::string text = output.Take();
  EXPECT_THAT(text, HasSubstr("\r2 lines"));
  EXPECT_THAT(text, HasSubstr("50%"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("10%")));
  EXPECT_THAT(text, HasSubstr("2 lines in"));
  EXPECT_THAT(text, EndsWith("\n"));
}

TEST(RemainingBytes, CountsFromTheReadPositionOfAFile) {
  char path[] = "/tmp/panvault-progress.XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  unlink(path);
  ASSERT_EQ(write(fd, "0123456789", 10), 10);
  EXPECT_EQ(RemainingBytes(fd), 0u);
  lseek(fd, 4, SEEK_SET);
  EXPECT_EQ(RemainingBytes(fd), 6u);
  close(fd);
  const Pipe pipe;
  EXPECT_EQ(RemainingBytes(pipe.read_fd()), 0u);
}

}  // namespace
}  // namespace panvault::cli
