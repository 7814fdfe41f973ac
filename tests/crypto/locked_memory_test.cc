// What this shows: blocks are zero, apart, wiped and used again; what does not
// fit is refused; and the memory is locked where the system allows.

#include "crypto/locked_memory.h"

#include <string.h>
#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "crypto/secret_bytes.h"
#include "gtest/gtest.h"

// The sanitizers' mlock() does nothing and says that it went well.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PANVAULT_TEST_NOTHING_IS_LOCKED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PANVAULT_TEST_NOTHING_IS_LOCKED
#endif
#endif

namespace panvault::crypto {
namespace {

bool IsAll(const void* block, size_t size, uint8_t value) {
  const auto* const bytes = static_cast<const uint8_t*>(block);
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != value) return false;
  }
  return true;
}

TEST(LockedMemory, BlocksAreZeroAndApart) {
  std::set<uintptr_t> seen;
  std::vector<std::pair<void*, size_t>> blocks;
  for (const size_t size : {1u, 32u, 33u, 100u, 1'704u, 16'384u}) {
    void* const block = AllocateLocked(size);
    ASSERT_NE(block, nullptr) << size;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(max_align_t), 0u);
    EXPECT_TRUE(IsAll(block, size, 0)) << size;
    memset(block, static_cast<int>(blocks.size() + 1), size);
    blocks.emplace_back(block, size);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_TRUE(
        IsAll(blocks[i].first, blocks[i].second, static_cast<uint8_t>(i + 1)));
    EXPECT_TRUE(FreeLocked(blocks[i].first, blocks[i].second));
  }
}

TEST(LockedMemory, IsWipedAndUsedAgain) {
  void* const block = AllocateLocked(64);
  memset(block, 0x41, 64);
  EXPECT_TRUE(FreeLocked(block, 64));
  void* const again = AllocateLocked(40);
  EXPECT_EQ(again, block);
  EXPECT_TRUE(IsAll(again, 40, 0));
  FreeLocked(again, 40);
}

TEST(LockedMemory, RefusesWhatDoesNotFit) {
  EXPECT_EQ(AllocateLocked(0), nullptr);
  EXPECT_EQ(AllocateLocked(kLockedBlockMax + 1), nullptr);
  std::vector<void*> all;
  while (void* const block = AllocateLocked(kLockedBlockMax)) {
    all.push_back(block);
    ASSERT_LE(all.size(), kLockedBytes / kLockedBlockMax);
  }
  // There is always a place for a key.
  const SecretBytes key(kLockedBlockMax);
  EXPECT_EQ(key.size(), kLockedBlockMax);
  for (void* const block : all) EXPECT_TRUE(FreeLocked(block, kLockedBlockMax));
}

TEST(LockedMemory, LeavesBlocksFromElsewhereAlone) {
  std::string elsewhere(64, 'x');
  EXPECT_FALSE(FreeLocked(elsewhere.data(), 64));
  EXPECT_EQ(elsewhere, std::string(64, 'x'));
}

TEST(LockedMemory, IsLockedIfTheSystemAllows) {
#ifdef PANVAULT_TEST_NOTHING_IS_LOCKED
  GTEST_SKIP() << "a sanitizer does not lock memory";
#endif
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
  if (limit.rlim_cur >= 2 * kLockedBytes) {
    EXPECT_TRUE(IsMemoryLocked());
  }
  std::ifstream status("/proc/self/status");
  std::string line;
  size_t locked_kib = 0;
  while (std::getline(status, line)) {
    if (line.rfind("VmLck:", 0) == 0) locked_kib = std::stoul(line.substr(6));
  }
  EXPECT_EQ(locked_kib >= kLockedBytes >> 10, IsMemoryLocked());
}

TEST(LockedMemory, HoldsAcrossThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 5'000; ++i) {
        void* const block = AllocateLocked(48);
        ASSERT_NE(block, nullptr);
        ASSERT_TRUE(IsAll(block, 48, 0));
        memset(block, t + 1, 48);
        ASSERT_TRUE(IsAll(block, 48, static_cast<uint8_t>(t + 1)));
        ASSERT_TRUE(FreeLocked(block, 48));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace panvault::crypto
