// What this shows: blocks of every size are overwritten before malloc has them
// back, also those that a shared library frees, and those that move.

#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <string>

#include "gtest/gtest.h"

namespace panvault::server {
namespace {

constexpr char kSecret = '4';

// What stands in a row. malloc's links in a free block are addresses, and a
// byte of one is the secret's now and then.
constexpr size_t kInARow = 4;

// Bytes of the secret in a block that is free. The compiler is not to know what
// is looked at.
size_t Left(uintptr_t where, size_t size) {
  const volatile uintptr_t hidden = where;
  const auto* const bytes = reinterpret_cast<const volatile char*>(hidden);
  size_t left = 0;
  size_t row = 0;
  for (size_t i = 0; i < size; ++i) {
    row = bytes[i] == kSecret ? row + 1 : 0;
    if (row == kInARow) left += kInARow;
    if (row > kInARow) ++left;
  }
  return left;
}

TEST(WipingFree, LeavesNothingOfABlock) {
  for (size_t size = kInARow; size <= 100'000; size += 1 + size / 3) {
    auto* const block = static_cast<char*>(malloc(size));
    memset(block, kSecret, size);
    const auto where = reinterpret_cast<uintptr_t>(block);
    free(block);
    EXPECT_EQ(Left(where, size), 0u) << size;
  }
}

TEST(WipingFree, LeavesNothingOfAString) {
  for (const size_t size : {16u, 19u, 40u, 5'000u}) {
    uintptr_t where = 0;
    {
      const std::string text(size, kSecret);
      where = reinterpret_cast<uintptr_t>(text.data());
    }
    EXPECT_EQ(Left(where, size), 0u) << size;
  }
}

TEST(WipingFree, LeavesNothingThatALibraryFrees) {
  char* const copy = OPENSSL_strdup(std::string(40, kSecret).c_str());
  const auto where = reinterpret_cast<uintptr_t>(copy);
  OPENSSL_free(copy);
  EXPECT_EQ(Left(where, 40), 0u);
}

TEST(WipingFree, LeavesNothingOfABlockThatGrowsOrShrinks) {
  for (size_t size = 32; size <= 100'000; size += 1 + size / 3) {
    for (const size_t next : {size * 4, size / 4}) {
      auto* const block = static_cast<char*>(malloc(size));
      memset(block, kSecret, size);
      const auto where = reinterpret_cast<uintptr_t>(block);
      auto* const moved = static_cast<char*>(realloc(block, next));
      ASSERT_NE(moved, nullptr);
      const size_t kept = next < size ? next : size;
      EXPECT_EQ(std::string(moved, kept), std::string(kept, kSecret));
      if (reinterpret_cast<uintptr_t>(moved) != where) {
        EXPECT_EQ(Left(where, size), 0u) << size << " to " << next;
      }
      free(moved);
      EXPECT_EQ(Left(where, kept), 0u) << size << " to " << next;
    }
  }
}

TEST(WipingFree, ReallocIsAsTheStandardHasIt) {
  void* block = realloc(nullptr, 100);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(realloc(block, 90), block) << "there is no reason to move";
  EXPECT_EQ(realloc(block, 0), nullptr);
  block = malloc(10);
  volatile size_t too_much = SIZE_MAX / 2;
  EXPECT_EQ(realloc(block, too_much), nullptr);
  free(block);  // It is still there.
  // Mapped blocks.
  auto* big = static_cast<char*>(malloc(40 << 20));
  memset(big, kSecret, 40 << 20);
  big = static_cast<char*>(realloc(big, 80 << 20));
  ASSERT_NE(big, nullptr);
  EXPECT_EQ(Left(reinterpret_cast<uintptr_t>(big), 40 << 20), 40u << 20);
  free(big);
}

TEST(WipingFree, TakesNull) { free(nullptr); }

}  // namespace
}  // namespace panvault::server
