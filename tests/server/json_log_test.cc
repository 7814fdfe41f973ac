// What this shows: every line is one JSON object, whatever is in it and however
// many write; a log that nobody reads is an error in bounded time, not a hang.

#include "server/json_log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/server/log_pipe.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::LogPipe;
using ::panvault::testing::ParseLines;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr int kPageBytes = 4096;

// Leaves room for `room` bytes, a whole number of pages, in the pipe.
void FillBut(const LogPipe& pipe, int room) {
  const int size = fcntl(pipe.fd(), F_SETPIPE_SZ, 4 * kPageBytes);
  ASSERT_EQ(size, 4 * kPageBytes);
  const std::string page(kPageBytes, '.');
  for (int filled = 0; filled < size - room; filled += kPageBytes) {
    ASSERT_EQ(write(pipe.fd(), page.data(), page.size()), kPageBytes);
  }
}

void SetNonBlocking(int fd) {
  ASSERT_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

Clock::duration Timeout() {
  return absl::ToChronoMilliseconds(kLogWriteTimeout);
}

// Writes one line that cannot be written, and closes the reader's end if that
// takes too long, so that the test fails instead of hanging.
void ExpectTimeout(LogPipe& pipe, JsonLog& log) {
  auto written = std::async(std::launch::async,
                            [&log] { return log.Write("call", nullptr); });
  const bool in_time =
      written.wait_for(5 * Timeout()) == std::future_status::ready;
  EXPECT_TRUE(in_time) << "still waiting";
  if (!in_time) pipe.CloseRead();
  EXPECT_THAT(written.get(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(JsonLog, WritesTimeEventAndFieldsInTheirOrder) {
  LogPipe pipe;
  JsonLog log(pipe.fd());
  const absl::Time before = absl::Now() - absl::Microseconds(1);
  ASSERT_THAT(log.Write("started", {{"zeta", 1}, {"alpha", {"a", "b"}}}),
              IsOk());
  const auto lines = pipe.TakeLines();
  ASSERT_THAT(lines, SizeIs(1));
  Json line = lines[0];
  absl::Time time;
  std::string error;
  const auto text = line["time"].get<std::string>();
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error))
      << error;
  EXPECT_THAT(text, SizeIs(std::string("2026-01-01T00:00:00.000000Z").size()));
  EXPECT_EQ(text.back(), 'Z');
  EXPECT_GE(time, before);
  EXPECT_LE(time, absl::Now());
  line["time"] = "";
  EXPECT_EQ(line.dump(),
            R"({"time":"","event":"started","zeta":1,"alpha":["a","b"]})");
}

TEST(JsonLog, TakesNullForNoFields) {
  LogPipe pipe;
  JsonLog log(pipe.fd());
  ASSERT_THAT(log.Write("stopped", nullptr), IsOk());
  const auto lines = pipe.TakeLines();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_THAT(lines[0], SizeIs(2));
}

TEST(JsonLog, KeepsOneLinePerEventWhateverIsInIt) {
  std::string all_bytes;
  for (int c = 0; c < 128; ++c) all_bytes.push_back(static_cast<char>(c));
  const std::vector<std::string> values = {
      "a\nb",        "a\r\nb",
      "say \"no\"",  "back\\slash",
      all_bytes,     "\",\"x\":\"",
      "}\n{\"a\":1", "\xe2\x80\xa8\xc2\x85",
      "\u00e9\x7f",  std::string(1, '\0')};
  for (const std::string& value : values) {
    LogPipe pipe;
    JsonLog log(pipe.fd());
    ASSERT_THAT(log.Write(value, {{value, value}}), IsOk());
    pipe.CloseWrite();
    const std::string text = pipe.ReadAll();
    // Terminals and log shippers see plain ASCII, and one line end: the last.
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    for (const char c : text.substr(0, text.size() - 1)) {
      EXPECT_TRUE(c >= ' ' && c <= '~') << text;
    }
    const auto lines = ParseLines(text);
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_EQ(lines[0]["event"], value);
    EXPECT_EQ(lines[0][value], value);
  }
}

TEST(JsonLog, ReplacesWhatIsNotUtf8) {
  for (const std::string bad : {"\xff", "\xc3(", "\xed\xa0\x80", "\xf0\x9f"}) {
    LogPipe pipe;
    JsonLog log(pipe.fd());
    ASSERT_THAT(log.Write(bad, {{"k", absl::StrCat("a", bad)}, {bad, 1}}),
                IsOk());
    const auto lines = pipe.TakeLines();
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_THAT(lines[0]["k"].get<std::string>(), StartsWith("a\ufffd"));
    EXPECT_THAT(lines[0]["event"].get<std::string>(), HasSubstr("\ufffd"));
  }
}

TEST(JsonLog, IsUnavailableWhenThePipeIsClosed) {
  LogPipe pipe;
  JsonLog log(pipe.fd());
  pipe.CloseRead();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(log.Write("call", nullptr),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

TEST(JsonLog, IsUnavailableWhenTheDescriptorIsNone) {
  LogPipe pipe;
  JsonLog log(pipe.fd());
  pipe.CloseWrite();
  EXPECT_THAT(log.Write("call", nullptr),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(JsonLog, IsUnavailableWhenTheDiskIsFull) {
  const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  JsonLog log(fd);
  EXPECT_THAT(log.Write("call", nullptr),
              StatusIs(absl::StatusCode::kUnavailable));
  close(fd);
}

TEST(JsonLog, AppendsToARegularFile) {
  const int fd = memfd_create("log", MFD_CLOEXEC);
  ASSERT_GE(fd, 0);
  JsonLog log(fd);
  const Json much = {{"much", std::string(3 * kPageBytes, 'x')}};
  for (int i = 0; i < 3; ++i) ASSERT_THAT(log.Write("call", much), IsOk());
  std::string text(6 * 3 * kPageBytes, '\0');
  const ssize_t size = pread(fd, text.data(), text.size(), 0);
  ASSERT_GT(size, 0);
  text.resize(static_cast<size_t>(size));
  EXPECT_THAT(ParseLines(text), SizeIs(3));
  close(fd);
}

TEST(JsonLog, GivesUpWhenNobodyReadsANonBlockingPipe) {
  LogPipe pipe;
  SetNonBlocking(pipe.fd());
  FillBut(pipe, 0);
  JsonLog log(pipe.fd());
  ExpectTimeout(pipe, log);
}

TEST(JsonLog, GivesUpWhenNobodyReadsABlockingPipe) {
  // stderr is one, and is shared: it cannot be made non-blocking.
  LogPipe pipe;
  FillBut(pipe, 0);
  JsonLog log(pipe.fd());
  ExpectTimeout(pipe, log);
}

TEST(JsonLog, GivesUpOnAllAtOnceWhenManyWait) {
  constexpr int kWriters = 6;
  LogPipe pipe;
  SetNonBlocking(pipe.fd());
  FillBut(pipe, 0);
  JsonLog log(pipe.fd());
  const Clock::time_point start = Clock::now();
  std::vector<std::future<absl::Status>> written;
  for (int i = 0; i < kWriters; ++i) {
    written.push_back(std::async(
        std::launch::async, [&log] { return log.Write("call", nullptr); }));
  }
  for (auto& status : written) {
    EXPECT_THAT(status.get(), StatusIs(absl::StatusCode::kUnavailable));
  }
  // One after the other would be kWriters times the timeout.
  EXPECT_LT(Clock::now() - start, kWriters / 2 * Timeout());
}

TEST(JsonLog, WaitsInVainOnlyOnceUntilItIsReadAgain) {
  LogPipe pipe;
  FillBut(pipe, 0);
  SetNonBlocking(pipe.read_fd());
  JsonLog log(pipe.fd());
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(log.Write("lost", nullptr),
                StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_LT(Clock::now() - start, 3 * Timeout());

  // Read again: the next line is written, and the one after it is waited for.
  ASSERT_THAT(pipe.ReadAll(), SizeIs(4 * kPageBytes));
  ASSERT_THAT(log.Write("whole", nullptr), IsOk());
  EXPECT_THAT(ParseLines(pipe.ReadAll()), SizeIs(1));
  FillBut(pipe, 0);
  auto written = std::async(std::launch::async,
                            [&log] { return log.Write("late", nullptr); });
  EXPECT_EQ(written.wait_for(Timeout() / 4), std::future_status::timeout);
  pipe.ReadAll();
  EXPECT_THAT(written.get(), IsOk());
}

TEST(JsonLog, BeginsANewLineAfterATornOne) {
  LogPipe pipe;
  FillBut(pipe, kPageBytes);
  SetNonBlocking(pipe.read_fd());
  JsonLog log(pipe.fd());
  const Json much = {{"much", std::string(3 * kPageBytes, 'x')}};
  ASSERT_THAT(log.Write("torn", much),
              StatusIs(absl::StatusCode::kUnavailable));
  const std::string before = pipe.ReadAll();
  ASSERT_THAT(before, SizeIs(4 * kPageBytes));
  ASSERT_THAT(before.substr(3 * kPageBytes), StartsWith("{\"time\":"));

  ASSERT_THAT(log.Write("whole", nullptr), IsOk());
  ASSERT_THAT(log.Write("next", nullptr), IsOk());
  pipe.CloseWrite();
  const std::string after = pipe.ReadAll();
  ASSERT_THAT(after, StartsWith("\n{"));
  const auto lines = ParseLines(after.substr(1));
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0]["event"], "whole");
  EXPECT_EQ(lines[1]["event"], "next");
}

TEST(JsonLog, BeginsNoNewLineWhenNothingWasWritten) {
  LogPipe pipe;
  FillBut(pipe, 0);
  SetNonBlocking(pipe.read_fd());
  JsonLog log(pipe.fd());
  ASSERT_THAT(log.Write("lost", nullptr),
              StatusIs(absl::StatusCode::kUnavailable));
  ASSERT_THAT(pipe.ReadAll(), SizeIs(4 * kPageBytes));
  ASSERT_THAT(log.Write("whole", nullptr), IsOk());
  const auto lines = pipe.TakeLines();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["event"], "whole");
}

TEST(JsonLog, WaitsForAReaderThatIsSlow) {
  LogPipe pipe;
  FillBut(pipe, 0);
  JsonLog log(pipe.fd());
  auto written = std::async(std::launch::async,
                            [&log] { return log.Write("call", nullptr); });
  std::string page(kPageBytes, '\0');
  ASSERT_EQ(read(pipe.read_fd(), page.data(), page.size()), kPageBytes);
  EXPECT_THAT(written.get(), IsOk());
}

TEST(JsonLog, NeverMixesTheLinesOfSeveralWriters) {
  constexpr int kWriters = 4;
  constexpr int kEach = 50;
  LogPipe pipe;
  JsonLog log(pipe.fd());
  auto text =
      std::async(std::launch::async, [&pipe] { return pipe.ReadAll(); });
  // Longer than what the kernel keeps together.
  const std::string filler(2 * kPageBytes, 'x');
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&log, &filler, w] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_THAT(log.Write("call", {{"w", w}, {"i", i}, {"f", filler}}),
                    IsOk());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  pipe.CloseWrite();

  const auto lines = ParseLines(text.get());
  EXPECT_THAT(lines, SizeIs(kWriters * kEach));
  std::map<int, int> next;
  for (const Json& line : lines) EXPECT_EQ(line["i"], next[line["w"]]++);
}

}  // namespace
}  // namespace panvault::server
