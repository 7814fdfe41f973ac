// What this shows: FF1 over halves of one word agrees with the reference, for
// decimals of 20 to 38 digits and for every radix up to the 64-bit edge.

#include "crypto/ff1_word.h"

#include <random>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_differential.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;

constexpr size_t kKeyBytes[] = {16, 24, 32};

// 600,000 messages; ff1_card_test.cc has the shorter lengths.
TEST(Ff1Word, AgreesWithReferenceOnRandomBatches) {
  std::mt19937_64 rng(20260802);
  size_t compared = 0;
  while (compared < 600'000 && !HasFailure()) {
    for (size_t length = 20; length <= 38; ++length) {
      compared += CompareWithReference({.radix = 10,
                                        .key_bytes = kKeyBytes[rng() % 3],
                                        .length = length,
                                        .tweak_bytes = rng() % 17,
                                        .messages = BatchSize(rng)},
                                       rng);
    }
  }
  RecordProperty("messages", static_cast<int>(compared));
}

// Every radix, from its shortest message to the longest that fits, and beyond
// that the first two which do not.
TEST(Ff1Word, AgreesWithReferenceForEveryRadixAndLength) {
  std::mt19937_64 rng(3);
  for (uint32_t radix = kFf1RadixMin; radix <= kFf1RadixMax; ++radix) {
    size_t length = 0;
    for (uint64_t domain = 1; domain < kFf1DomainMin; domain *= radix) {
      ++length;
    }
    size_t beyond = 0;
    for (; beyond < 2 && !HasFailure(); ++length) {
      CompareWithReference({.radix = radix,
                            .key_bytes = kKeyBytes[length % 3],
                            .length = length,
                            .tweak_bytes = rng() % 17,
                            .messages = length % 5 == 0 ? size_t{65} : 5},
                           rng);
      if (!Ff1WordFits({.radix = radix, .n = length})) ++beyond;
    }
  }
}

TEST(Ff1Word, AgreesWithReferenceForEveryTweakLength) {
  std::mt19937_64 rng(4);
  for (const size_t length : {20u, 24u, 25u, 33u, 34u, 38u}) {
    for (size_t tweak = 0; tweak <= kFf1TweakBytesMax; ++tweak) {
      CompareWithReference(
          {.radix = 10, .length = length, .tweak_bytes = tweak, .messages = 2},
          rng);
    }
  }
}

// 2^64 itself is a modulus that no word holds.
TEST(Ff1Word, FitsUpToTwoToTheSixtyFour) {
  EXPECT_TRUE(Ff1WordFits({.radix = 2, .n = 128}));
  EXPECT_FALSE(Ff1WordFits({.radix = 2, .n = 129}));
  EXPECT_TRUE(Ff1WordFits({.radix = 16, .n = 32}));
  EXPECT_FALSE(Ff1WordFits({.radix = 16, .n = 33}));
  EXPECT_TRUE(Ff1WordFits({.radix = 10, .n = 38}));
  EXPECT_FALSE(Ff1WordFits({.radix = 10, .n = 39}));
  EXPECT_TRUE(Ff1WordFits({.radix = 36, .n = 24}));
  EXPECT_FALSE(Ff1WordFits({.radix = 36, .n = 25}));
}

TEST(Ff1Word, RoundTripsAtTheEdgeOfTheWord) {
  for (const uint32_t radix : {2u, 4u, 16u}) {
    ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(Bytes(24, 6), radix));
    const size_t length = radix == 2 ? 128 : radix == 4 ? 64 : 32;
    for (const uint8_t numeral :
         {uint8_t{0}, static_cast<uint8_t>(radix - 1)}) {
      Bytes message(length, numeral);
      const Bytes before = message;
      ASSERT_THAT(ff1.Encrypt(OneMessage(message, {})), IsOk());
      EXPECT_NE(message, before);
      ASSERT_THAT(ff1.Decrypt(OneMessage(message, {})), IsOk());
      EXPECT_EQ(message, before) << radix;
    }
  }
}

}  // namespace
}  // namespace panvault::crypto
