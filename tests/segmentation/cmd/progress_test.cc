// What this shows: a run that is short, or that nobody watches, says nothing; a
// long one draws one line and takes it away, or writes a line now and then.

#include "segmentation/cmd/progress.h"

#include <sstream>

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

constexpr absl::Time kStart = absl::UnixEpoch();

TEST(ProgressTest, DrawsAfterAWhileAndNotTooOften) {
  std::ostringstream stream;
  Progress progress(stream, Progress::Form::kOneLine, kStart);
  progress.Update("list", 1, 200, kStart + absl::Seconds(1));
  EXPECT_EQ(stream.str(), "");
  progress.Update("list", 82, 200, kStart + absl::Seconds(2));
  progress.Update("list", 90, 200, kStart + absl::Milliseconds(2100));
  EXPECT_EQ(stream.str(), "\r\x1b[Klist 41%");
  progress.Update("list", 100, 200, kStart + absl::Milliseconds(2200));
  progress.Finish();
  progress.Finish();
  EXPECT_EQ(stream.str(), "\r\x1b[Klist 41%\r\x1b[Klist 50%\r\x1b[K");
}

TEST(ProgressTest, ALogGetsLines) {
  std::ostringstream stream;
  Progress progress(stream, Progress::Form::kLines, kStart);
  progress.Update("read", 1, 200, kStart + absl::Seconds(1));
  progress.Update("read", 2, 200, kStart + absl::Seconds(2));
  progress.Update("read", 3, 200, kStart + absl::Seconds(3));
  progress.Update("check", 0, 0, kStart + absl::Seconds(4));
  progress.Finish();
  EXPECT_EQ(stream.str(), "read 1%\ncheck 0%\n");
}

TEST(ProgressTest, DrawsNothingWhereNobodyWatches) {
  std::ostringstream stream;
  Progress progress(stream, Progress::Form::kNone, kStart);
  progress.Update("list", 1, 2, kStart + absl::Hours(1));
  progress.Finish();
  EXPECT_EQ(stream.str(), "");
}

}  // namespace
}  // namespace panvault::segmentation
