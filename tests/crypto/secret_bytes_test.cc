// What this shows: secrets are wiped before their memory is given back, are
// empty once moved from, and compare by value.
//
// This file replaces operator delete[], to see what freed memory holds.

#include "crypto/secret_bytes.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "crypto/locked_memory.h"
#include "gtest/gtest.h"

namespace {

// What the block at `watched` held when it was freed.
const void* watched = nullptr;
std::size_t watched_bytes = 0;
bool freed = false;
bool freed_wiped = false;

void Watch(absl::Span<const uint8_t> bytes) {
  watched = bytes.data();
  watched_bytes = bytes.size();
  freed = false;
  freed_wiped = false;
}

void Release(void* block) noexcept {
  if (block != nullptr && block == watched) {
    const auto* const bytes = static_cast<const unsigned char*>(block);
    freed = true;
    freed_wiped = std::all_of(bytes, bytes + watched_bytes,
                              [](unsigned char byte) { return byte == 0; });
    watched = nullptr;
  }
  std::free(block);
}

}  // namespace

// ThreadSanitizer's runtime has operators that cannot be replaced.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PANVAULT_TEST_CANNOT_WATCH
#endif
#endif

#ifndef PANVAULT_TEST_CANNOT_WATCH
void* operator new[](std::size_t size) {
  void* const block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  return block;
}
void operator delete[](void* block) noexcept { Release(block); }
void operator delete[](void* block, std::size_t) noexcept { Release(block); }
#endif

namespace panvault::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);

class SecretBytesFreed : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef PANVAULT_TEST_CANNOT_WATCH
    static_cast<void>(&Release);
    GTEST_SKIP() << "memory cannot be watched under ThreadSanitizer";
#endif
  }
};

const std::vector<uint8_t> kBytes = {1, 2, 3, 0, 255};
// Too many for locked memory.
const std::vector<uint8_t> kMany(kLockedBlockMax + 1, 7);

TEST(SecretBytes, HoldsACopyOfItsBytes) {
  const SecretBytes secret = SecretBytes::CopyOf(kBytes);
  EXPECT_EQ(secret.size(), 5u);
  EXPECT_EQ(secret.ExposeSecret(), absl::MakeConstSpan(kBytes));
  EXPECT_NE(secret.ExposeSecret().data(), kBytes.data());
}

TEST(SecretBytes, StartsAsZerosAndCanBeWritten) {
  SecretBytes secret(3);
  EXPECT_EQ(secret.ExposeSecret(),
            absl::MakeConstSpan(std::vector<uint8_t>(3)));
  secret.MutableSecret()[1] = 7;
  EXPECT_EQ(secret.ExposeSecret()[1], 7);
}

TEST(SecretBytes, MayBeEmpty) {
  EXPECT_EQ(SecretBytes().size(), 0u);
  EXPECT_TRUE(SecretBytes().ExposeSecret().empty());
  EXPECT_TRUE(SecretBytes(0) == SecretBytes::CopyOf({}));
}

// Locked memory stays the process's own, and can be looked at.
TEST(SecretBytes, AreWipedInLockedMemory) {
  const std::vector<uint8_t> key(64, 0x5a);
  const uint8_t* where = nullptr;
  {
    const SecretBytes secret = SecretBytes::CopyOf(key);
    where = secret.ExposeSecret().data();
    EXPECT_EQ(std::count(where, where + 64, 0x5a), 64);
  }
  EXPECT_EQ(std::count(where, where + 64, 0x5a), 0);
  SecretBytes secret = SecretBytes::CopyOf(key);
  where = secret.ExposeSecret().data();
  secret = SecretBytes();
  EXPECT_EQ(std::count(where, where + 64, 0x5a), 0);
}

TEST_F(SecretBytesFreed, AreWipedWhenDestroyed) {
  {
    const SecretBytes secret = SecretBytes::CopyOf(kMany);
    Watch(secret.ExposeSecret());
  }
  EXPECT_TRUE(freed);
  EXPECT_TRUE(freed_wiped);
}

TEST_F(SecretBytesFreed, AreWipedWhenAssignedTo) {
  SecretBytes secret = SecretBytes::CopyOf(kMany);
  Watch(secret.ExposeSecret());
  secret = SecretBytes::CopyOf(std::vector<uint8_t>{9});
  EXPECT_TRUE(freed);
  EXPECT_TRUE(freed_wiped);
  EXPECT_EQ(secret.size(), 1u);
}

// Shows that the watch would notice.
TEST_F(SecretBytesFreed, AreSeenWhenNotWiped) {
  auto bytes = std::make_unique<uint8_t[]>(4);
  bytes[2] = 1;
  Watch({bytes.get(), 4});
  bytes.reset();
  EXPECT_TRUE(freed);
  EXPECT_FALSE(freed_wiped);
}

TEST(SecretBytes, IsEmptyOnceMovedFrom) {
  SecretBytes from = SecretBytes::CopyOf(kBytes);
  const uint8_t* const data = from.ExposeSecret().data();
  SecretBytes to(std::move(from));
  EXPECT_EQ(from.size(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(from.ExposeSecret().empty());
  EXPECT_EQ(to.ExposeSecret().data(), data);

  SecretBytes assigned;
  assigned = std::move(to);
  EXPECT_EQ(to.size(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(assigned.ExposeSecret(), absl::MakeConstSpan(kBytes));
}

TEST(SecretBytes, KeepsItsBytesWhenAssignedToItself) {
  SecretBytes secret = SecretBytes::CopyOf(kBytes);
  SecretBytes& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.ExposeSecret(), absl::MakeConstSpan(kBytes));
}

TEST(SecretBytes, ComparesByValue) {
  const SecretBytes secret = SecretBytes::CopyOf(kBytes);
  EXPECT_TRUE(secret == SecretBytes::CopyOf(kBytes));
  for (size_t at = 0; at < kBytes.size(); ++at) {
    std::vector<uint8_t> other = kBytes;
    other[at] ^= 0x80;
    EXPECT_FALSE(secret == SecretBytes::CopyOf(other)) << at;
  }
  EXPECT_FALSE(secret == SecretBytes::CopyOf(std::vector<uint8_t>{1, 2, 3, 0}));
  EXPECT_FALSE(secret == SecretBytes());
}

TEST(WipeMemory, WritesZerosOverTheBytesAndNoOthers) {
  std::vector<uint8_t> bytes(8, 0xff);
  WipeMemory(bytes.data() + 2, 4);
  EXPECT_EQ(bytes, (std::vector<uint8_t>{0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff}));
  WipeMemory(bytes.data(), 0);
  EXPECT_EQ(bytes[0], 0xff);
}

}  // namespace
}  // namespace panvault::crypto
