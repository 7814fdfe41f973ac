// What this shows: output follows input, line for line and in order, whatever
// the batches do; a failure stops at a known line; memory does not grow.

#include "client/cmd/stream.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cmd/line_reader.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/pipe.h"
#include "tests/testing/status_matchers.h"

namespace panvault::cli {
namespace {

std::string Numbers(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) absl::StrAppend(&text, i, "\n");
  return text;
}

// Copies the lines.
absl::Status Echo(const LineBatch& batch, BatchOutput& output) {
  for (size_t i = 0; i < batch.size(); ++i) {
    absl::StrAppend(&output.text, batch.line(i), "\n");
  }
  return absl::OkStatus();
}

long ResidentKiB() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    long kib = 0;
    if (line.rfind("VmRSS:", 0) == 0 &&
        absl::SimpleAtoi(line.substr(6, line.size() - 6 - 3), &kib)) {
      return kib;
    }
  }
  return -1;
}

TEST(Stream, KeepsTheOrderWhenBatchesAreSlow) {
  const std::string text = Numbers(20'000);
  const Input input(text);
  Output output;
  LineReader reader(input.fd(), {.batch_lines_max = 100});
  const StreamResult result = RunStream(
      reader,
      [](const LineBatch& batch, BatchOutput& out) {
        absl::InsecureBitGen random;
        absl::SleepFor(absl::Microseconds(absl::Uniform(random, 0, 3000)));
        out.refused["ODD"] = 1;
        return Echo(batch, out);
      },
      {.in_flight = 4, .output_fd = output.fd()});
  EXPECT_THAT(result.status, testing::IsOk());
  EXPECT_EQ(result.lines, 20'000u);
  EXPECT_GE(result.refused.at("ODD"), 200u);
  EXPECT_EQ(output.Take(), text);
}

TEST(Stream, RunsSeveralBatchesAtOnceButNoMoreThanAllowed) {
  const Input input(Numbers(2'000));
  Output output;
  LineReader reader(input.fd(), {.batch_lines_max = 100});
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  const StreamResult result =
      RunStream(reader,
                [&](const LineBatch& batch, BatchOutput& out) {
                  const int now = ++running;
                  int seen = most.load();
                  while (now > seen && !most.compare_exchange_weak(seen, now)) {
                  }
                  absl::SleepFor(absl::Milliseconds(20));
                  --running;
                  return Echo(batch, out);
                },
                {.in_flight = 3, .output_fd = output.fd()});
  EXPECT_THAT(result.status, testing::IsOk());
  EXPECT_EQ(most, 3);
}

TEST(Stream, StopsAtALineBorderWhenABatchFails) {
  const Input input(Numbers(10'000));
  Output output;
  LineReader reader(input.fd(), {.batch_lines_max = 100});
  const StreamResult result =
      RunStream(reader,
                [](const LineBatch& batch, BatchOutput& out) {
                  if (batch.first_line() == 4'201) {
                    return absl::UnavailableError("gone");
                  }
                  // The batches before the failed one are slower than it.
                  absl::SleepFor(absl::Milliseconds(5));
                  return Echo(batch, out);
                },
                {.in_flight = 4, .output_fd = output.fd()});
  EXPECT_EQ(result.status, absl::UnavailableError("gone"));
  EXPECT_EQ(result.lines, 4'200u);
  EXPECT_EQ(output.Take(), Numbers(4'200));
}

TEST(Stream, EndsThoughTheProducerIsSilentWhenABatchFails) {
  Pipe pipe;
  pipe.Write("1\n");
  Output output;
  LineReader reader(pipe.read_fd(), {});
  const StreamResult result =
      RunStream(reader,
                [](const LineBatch&, BatchOutput&) {
                  return absl::PermissionDeniedError("no");
                },
                {.in_flight = 4, .output_fd = output.fd()});
  EXPECT_EQ(result.status, absl::PermissionDeniedError("no"));
  EXPECT_EQ(result.lines, 0u);
}

TEST(Stream, SaysWhenTheReaderOfItsOutputWentAway) {
  signal(SIGPIPE, SIG_IGN);
  const Input input(Numbers(1'000'000));
  Pipe output;
  output.CloseRead();
  LineReader reader(input.fd(), {});
  const StreamResult result =
      RunStream(reader, Echo, {.output_fd = output.write_fd()});
  EXPECT_TRUE(result.output_closed);
  EXPECT_FALSE(result.status.ok());
}

TEST(Stream, ReportsAFullDisk) {
  const int full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  const Input input(Numbers(10));
  LineReader reader(input.fd(), {});
  const StreamResult result = RunStream(reader, Echo, {.output_fd = full});
  EXPECT_THAT(result.status, testing::StatusIs(absl::StatusCode::kInternal));
  EXPECT_FALSE(result.output_closed);
  EXPECT_EQ(result.lines, 0u);
  close(full);
}

TEST(Stream, ReportsProgressInOrder) {
  const Input input(Numbers(1'000));
  Output output;
  LineReader reader(input.fd(), {.batch_lines_max = 10});
  uint64_t lines = 0;
  uint64_t bytes = 0;
  RunStream(reader, Echo,
            {.output_fd = output.fd(),
             .on_written = [&](uint64_t now_lines, uint64_t now_bytes) {
               EXPECT_GT(now_lines, lines);
               EXPECT_GT(now_bytes, bytes);
               lines = now_lines;
               bytes = now_bytes;
             }});
  EXPECT_EQ(lines, 1'000u);
  EXPECT_EQ(bytes, Numbers(1'000).size());
}

TEST(Stream, NeedsNoMoreMemoryForMoreLines) {
  const int sink = open("/dev/null", O_WRONLY);
  const auto run = [&](int lines) {
    Pipe pipe;
    std::thread feeder([&] {
      std::string block;
      for (int i = 0; i < 1000; ++i) block += "4111111111111111\n";
      for (int i = 0; i < lines / 1000; ++i) pipe.Write(block);
      pipe.CloseWrite();
    });
    LineReader reader(pipe.read_fd(), {});
    const StreamResult result = RunStream(reader, Echo, {.output_fd = sink});
    feeder.join();
    EXPECT_EQ(result.lines, static_cast<uint64_t>(lines));
    return ResidentKiB();
  };
  const long small = run(100'000);
  const long large = run(3'000'000);
  EXPECT_GT(small, 0);
  // 3,000,000 lines are 51 MB.
  EXPECT_LT(large - small, 16 * 1024);
  close(sink);
}

}  // namespace
}  // namespace panvault::cli
