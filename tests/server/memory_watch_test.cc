// What this shows: connections are closed when memory is short, as many as it
// takes and no sooner, and it is on record.

#include "server/memory_watch.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/log_pipe.h"
#include "tests/testing/temp_folder.h"

namespace panvault::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint64_t kMayHave = 1000;
constexpr absl::Time kNow = absl::FromUnixSeconds(1'500'000'000);

class MemoryWatchTest : public ::testing::Test {
 protected:
  void Tick(absl::Duration later = absl::ZeroDuration()) {
    watch_.Tick(kNow + later);
  }

  testing::LogPipe pipe_;
  JsonLog log_{pipe_.fd()};
  uint64_t resident_ = 0;
  uint64_t garbage_ = 0;  // Of resident_: what trim gives back.
  std::vector<uint64_t> shed_;
  MemoryWatch watch_{kMayHave,
                     {.resident = [this] { return resident_; },
                      .trim =
                          [this] {
                            resident_ -= garbage_;
                            garbage_ = 0;
                          },
                      .shed =
                          [this](uint64_t bytes) {
                            shed_.push_back(bytes);
                            return size_t{3};
                          }},
                     log_};
};

TEST_F(MemoryWatchTest, LeavesThemAloneBelowThreeQuarters) {
  resident_ = 749;
  Tick();
  EXPECT_THAT(shed_, IsEmpty());
  EXPECT_THAT(pipe_.TakeLines(), IsEmpty());
}

TEST_F(MemoryWatchTest, ShedsDownToHalfOfThatAndTells) {
  resident_ = 800;
  Tick();
  EXPECT_THAT(shed_, ElementsAre(800 - 375));
  const auto lines = pipe_.TakeLines();
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0]["event"], "memory_short");
  EXPECT_EQ(lines[0]["resident_bytes"], 800);
  EXPECT_EQ(lines[0]["short_from_bytes"], 750);
  EXPECT_EQ(lines[0]["connections_closed"], 3);
}

TEST_F(MemoryWatchTest, TriesWithWhatIsFreeFirst) {
  resident_ = 900;
  garbage_ = 400;
  Tick();
  EXPECT_EQ(resident_, 500u);
  EXPECT_THAT(shed_, IsEmpty());
}

TEST_F(MemoryWatchTest, GivesThemTimeToGo) {
  resident_ = 800;
  Tick();
  Tick(absl::Milliseconds(190));
  EXPECT_THAT(shed_, SizeIs(1));
  Tick(absl::Milliseconds(210));
  EXPECT_THAT(shed_, SizeIs(2));
}

TEST(ResidentBytes, GrowsByWhatIsTouched) {
  const uint64_t before = ResidentBytes();
  EXPECT_GT(before, uint64_t{1} << 20);
  const std::string much(64 << 20, 'x');
  EXPECT_GE(ResidentBytes(), before + (60 << 20));
  EXPECT_EQ(much.back(), 'x');
}

TEST(MemoryOfControlGroup, IsWhatTheFileSays) {
  const testing::TempFolder folder;
  EXPECT_EQ(MemoryOfControlGroup(folder.path()), std::nullopt);
  const auto write = [&folder](const char* text) {
    std::ofstream(folder.path() + "/memory.max") << text;
  };
  write("536870912\n");
  EXPECT_EQ(MemoryOfControlGroup(folder.path()), uint64_t{512} << 20);
  for (const char* none : {"max\n", "", "0\n", "-1\n", "x"}) {
    write(none);
    EXPECT_EQ(MemoryOfControlGroup(folder.path()), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace panvault::server
