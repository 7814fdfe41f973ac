// What this shows: the two fields of /proc/PID/stat are found whatever the
// process is called, and the time of a process that works goes up.

#include "bench/process_cpu.h"

#include <unistd.h>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::bench {
namespace {

using ::panvault::testing::StatusIs;

constexpr char kRest[] =
    " S 1 42 42 0 -1 4194560 10 0 0 0 111 222 7 8 20 0 3 0 100 1 2 3";

TEST(CpuTicks, AddsUserAndSystemTime) {
  ASSERT_OK_AND_ASSIGN(const uint64_t ticks,
                       CpuTicksOf(std::string("42 (panvaultd)") + kRest));
  EXPECT_EQ(ticks, 333U);
}

TEST(CpuTicks, NameMayHoldAnything) {
  for (const char* name : {"(a b)", "(a) S 1 2)", "()", "(((9 9 9)"}) {
    ASSERT_OK_AND_ASSIGN(const uint64_t ticks,
                         CpuTicksOf(std::string("42 ") + name + kRest));
    EXPECT_EQ(ticks, 333U) << name;
  }
}

TEST(CpuTicks, RefusesOtherText) {
  for (const char* text :
       {"", "42", "42 (x) S 1", "no (x) a b c d e f g h i j k l m n"}) {
    EXPECT_THAT(CpuTicksOf(text), StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(ProcessCpu, GoesUpWhileTheProcessWorks) {
  ASSERT_OK_AND_ASSIGN(const auto before, ProcessCpu(getpid()));
  auto now = before;
  while (now < before + std::chrono::milliseconds(20)) {
    ASSERT_OK_AND_ASSIGN(now, ProcessCpu(getpid()));
  }
  EXPECT_GT(now, before);
}

TEST(ProcessCpu, NoSuchProcessIsNotFound) {
  EXPECT_THAT(ProcessCpu(0), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace panvault::bench
