// What this shows: what a burst leaves behind goes back to the system in a
// quiet second, and not under load.

#include "server/idle_trim.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "server/memory_watch.h"
#include "server/process.h"

namespace panvault::server {
namespace {

constexpr size_t kBlockBytes = 8 << 10;
constexpr size_t kBlocks = 8 << 10;  // 64 MiB

// Blocks that are freed below one that stays: malloc keeps those pages.
class IdleTrimTest : public ::testing::Test {
 protected:
  IdleTrimTest() {
    EXPECT_TRUE(HardenProcess().ok());  // Malloc's settings, before any thread.
    trim_.Tick(0);                      // What there is at the beginning stays.
  }

  void Burst() {
    std::vector<std::unique_ptr<std::string>> blocks;
    for (size_t i = 0; i < kBlocks; ++i) {
      blocks.push_back(std::make_unique<std::string>(kBlockBytes, 'x'));
    }
    stay_.push_back(std::make_unique<std::string>(kBlockBytes, 'y'));
  }

  std::vector<std::unique_ptr<std::string>> stay_;
  IdleTrim trim_;
};

TEST_F(IdleTrimTest, GivesBackInAQuietSecond) {
  Burst();
  const uint64_t before = ResidentBytes();
  ASSERT_GT(before, kBlocks * kBlockBytes) << "nothing to give back";
  EXPECT_TRUE(trim_.Tick(kIdleCallsMax));
  EXPECT_LT(ResidentBytes(), before - kBlocks * kBlockBytes / 2);
  Burst();
  EXPECT_TRUE(trim_.Tick(kIdleCallsMax)) << "as large as the one before";
}

// malloc_trim does not shorten its arena, and it frees nothing more by itself.
TEST_F(IdleTrimTest, GivesBackTheEndOfASleepingThreadsArena) {
  constexpr size_t kMuch = kBlocks * kBlockBytes / 8 * 3;
  EXPECT_FALSE(trim_.Tick(1'000));
  absl::Notification freed;
  absl::Notification looked;
  std::thread thread([&] {
    std::vector<std::unique_ptr<char[]>> blocks;
    blocks.reserve(kBlocks / 2);
    for (size_t i = 0; i < kBlocks / 2; ++i) {
      blocks.push_back(std::make_unique<char[]>(kBlockBytes));
    }
    // The last first: all of it is one free end of the arena then.
    while (!blocks.empty()) blocks.pop_back();
    freed.Notify();
    looked.WaitForNotification();
  });
  freed.WaitForNotification();
  const uint64_t before = ResidentBytes();
  ASSERT_GT(before, kBlocks / 2 * kBlockBytes) << "given back under load";
  trim_.Tick(1'000);
  EXPECT_LT(ResidentBytes(), before - kMuch);
  looked.Notify();
  thread.join();
}

TEST_F(IdleTrimTest, LeavesMemoryAloneUnderLoad) {
  Burst();
  EXPECT_FALSE(trim_.Tick(1'000));
  EXPECT_FALSE(trim_.Tick(2'000));
  EXPECT_TRUE(trim_.Tick(2'000)) << "the load is over";
}

}  // namespace
}  // namespace panvault::server
