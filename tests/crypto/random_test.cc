// What this shows: every byte asked for is filled, and no two calls agree.

#include "crypto/random.h"

#include <set>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;

TEST(FillRandom, FillsEveryByte) {
  for (const size_t size : {0u, 1u, 2u, 16u, 33u, 5000u}) {
    Bytes framed(size + 2, 0);
    Bytes seen(size, 0);
    // A byte that is still zero after 16 calls was left out, or has had a
    // chance of 2^-128.
    for (int i = 0; i < 16; ++i) {
      ASSERT_THAT(FillRandom(absl::MakeSpan(framed).subspan(1, size)), IsOk());
      for (size_t k = 0; k < size; ++k) seen[k] |= framed[k + 1];
    }
    for (size_t k = 0; k < size; ++k) EXPECT_NE(seen[k], 0) << k;
    EXPECT_EQ(framed.front(), 0);
    EXPECT_EQ(framed.back(), 0);
  }
}

TEST(FillRandom, IsDifferentEachTime) {
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) {
    Bytes bytes(16);
    ASSERT_THAT(FillRandom(absl::MakeSpan(bytes)), IsOk());
    EXPECT_TRUE(seen.insert(bytes).second);
  }
}

TEST(RandomSecret, HasTheSizeAskedForAndIsDifferentEachTime) {
  ASSERT_OK_AND_ASSIGN(const SecretBytes a, RandomSecret(32));
  ASSERT_OK_AND_ASSIGN(const SecretBytes b, RandomSecret(32));
  EXPECT_EQ(a.size(), 32u);
  EXPECT_FALSE(a == b);
  ASSERT_OK_AND_ASSIGN(const SecretBytes none, RandomSecret(0));
  EXPECT_EQ(none.size(), 0u);
}

}  // namespace
}  // namespace panvault::crypto
