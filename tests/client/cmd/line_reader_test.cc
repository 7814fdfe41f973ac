// What this shows: any bytes become lines, each exactly once and in order, with
// bounded memory and without waiting for more than a slow producer has to give.

#include "client/cmd/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/pipe.h"
#include "tests/testing/status_matchers.h"

namespace panvault::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kTooLong[] = "<too long>";

// All lines of `text`, read in batches of at most `batch_lines_max`.
std::vector<std::string> LinesOf(const std::string& text,
                                 size_t batch_lines_max = 10'000) {
  const Input input(text);
  LineReader reader(input.fd(), {.batch_lines_max = batch_lines_max});
  std::vector<std::string> lines;
  LineBatch batch;
  const std::atomic<bool> stop = false;
  while (*reader.Read(stop, batch)) {
    EXPECT_LE(batch.size(), batch_lines_max);
    EXPECT_EQ(batch.first_line(), lines.size() + 1);
    for (size_t i = 0; i < batch.size(); ++i) {
      lines.push_back(batch.too_long(i) ? kTooLong
                                        : std::string(batch.line(i)));
    }
  }
  return lines;
}

TEST(LineReader, TakesEveryKindOfLineEnd) {
  EXPECT_THAT(LinesOf(""), IsEmpty());
  EXPECT_THAT(LinesOf("\n"), ElementsAre(""));
  EXPECT_THAT(LinesOf("a"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\n"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\r\nb\r\n"), ElementsAre("a", "b"));
  EXPECT_THAT(LinesOf("a\n\n\nb"), ElementsAre("a", "", "", "b"));
  EXPECT_THAT(LinesOf("a\r"), ElementsAre("a"));
  EXPECT_THAT(LinesOf("a\rb\n"), ElementsAre("a\rb"));
  EXPECT_THAT(LinesOf("\r\r\n"), ElementsAre("\r"));
  EXPECT_THAT(LinesOf(std::string("a\0b\n", 4)),
              ElementsAre(std::string("a\0b", 3)));
}

TEST(LineReader, KeepsLinesUpToTheLimitAndNoLonger) {
  const std::string longest(kLineBytesMax, '4');
  EXPECT_THAT(LinesOf(longest + "\n" + longest + "\r\n" + longest + "5\nok"),
              ElementsAre(longest, longest, kTooLong, "ok"));
  EXPECT_THAT(LinesOf(std::string(5'000'000, '4') + "\nok\n"),
              ElementsAre(kTooLong, "ok"));
  EXPECT_THAT(LinesOf(std::string(300'000, '4')), ElementsAre(kTooLong));
}

TEST(LineReader, LosesNothingAtBatchAndBufferBorders) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 30'000; ++i) {
    expected.push_back(absl::StrCat(i * 7919));
    absl::StrAppend(&text, expected.back(), i % 3 == 0 ? "\r\n" : "\n");
  }
  for (const size_t batch : {1u, 3u, 9'999u, 10'000u}) {
    EXPECT_EQ(LinesOf(text, batch), expected) << batch;
  }
}

TEST(LineReader, CountsTheBytesOfTheInput) {
  const Input input("12\n\r\n345");
  LineReader reader(input.fd(), {});
  LineBatch batch;
  uint64_t bytes = 0;
  while (*reader.Read(false, batch)) bytes = batch.input_bytes();
  EXPECT_EQ(bytes, 8u);
}

TEST(LineReader, DoesNotKeepASlowProducerWaiting) {
  Pipe pipe;
  LineReader reader(pipe.read_fd(), {});
  LineBatch batch;
  pipe.Write("first\nsec");
  EXPECT_TRUE(*reader.Read(false, batch));
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.line(0), "first");
  pipe.Write("ond\n");
  EXPECT_TRUE(*reader.Read(false, batch));
  EXPECT_EQ(batch.line(0), "second");
  EXPECT_EQ(batch.first_line(), 2u);
}

TEST(LineReader, EndsWhenStoppedWhileWaiting) {
  Pipe pipe;
  LineReader reader(pipe.read_fd(), {});
  LineBatch batch;
  std::atomic<bool> stop = false;
  std::thread stopper([&] {
    absl::SleepFor(absl::Milliseconds(150));
    stop = true;
  });
  EXPECT_FALSE(*reader.Read(stop, batch));
  stopper.join();
}

TEST(LineReader, LeavesTheBatchEmptyWhenStopped) {
  const Input input("1\n2\n3\n");
  LineReader reader(input.fd(), {.batch_lines_max = 2});
  LineBatch batch;
  ASSERT_TRUE(*reader.Read(false, batch));
  EXPECT_EQ(batch.size(), 2u);
  // Line 3 is in the buffer already, but the answer is "no more".
  EXPECT_FALSE(*reader.Read(true, batch));
  EXPECT_EQ(batch.size(), 0u);
}

TEST(LineReader, ReportsAnInputThatCannotBeRead) {
  const int folder = open("/", O_RDONLY | O_DIRECTORY);
  ASSERT_GE(folder, 0);
  LineReader reader(folder, {});
  LineBatch batch;
  EXPECT_THAT(reader.Read(false, batch),
              testing::StatusIs(absl::StatusCode::kInternal));
  close(folder);
}

TEST(LineBatch, ForgetsWhenCleared) {
  LineBatch batch;
  batch.Add("4111111111111111");
  const char* bytes = batch.line(0).data();
  batch.Clear();
  EXPECT_EQ(batch.size(), 0u);
  EXPECT_EQ(std::string(bytes, 16), std::string(16, '\0'));
}

}  // namespace
}  // namespace panvault::cli
