// What this shows: FF1 over 6 to 19 digits agrees with the reference on random
// messages, at the edges of its arithmetic and of its chunks, and is a
// permutation of the whole domain of six digits.

#include "crypto/ff1_card.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_differential.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;

constexpr size_t kKeyBytes[] = {16, 24, 32};

// 1,000,000 messages; ff1_word_test.cc has the other lengths.
TEST(Ff1Card, AgreesWithReferenceOnRandomBatches) {
  std::mt19937_64 rng(20260801);
  size_t compared = 0;
  while (compared < 1'000'000 && !HasFailure()) {
    for (size_t length = 6; length <= 19; ++length) {
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

TEST(Ff1Card, AgreesWithReferenceForEveryTweakLength) {
  std::mt19937_64 rng(1);
  for (size_t length = 6; length <= 19; ++length) {
    for (size_t tweak = 0; tweak <= kFf1TweakBytesMax; ++tweak) {
      for (const size_t messages : {1u, 3u, 9u}) {
        CompareWithReference({.radix = 10,
                              .length = length,
                              .tweak_bytes = tweak,
                              .messages = messages},
                             rng);
      }
    }
  }
}

TEST(Ff1Card, AgreesWithReferenceForEveryBatchUpToTwoChunks) {
  std::mt19937_64 rng(2);
  for (size_t messages = 1; messages <= 514; ++messages) {
    CompareWithReference({.radix = 10,
                          .length = 6 + messages % 14,
                          .tweak_bytes = 11,
                          .messages = messages},
                         rng);
  }
}

// Halves at both ends of their range, in every combination: sums and
// differences that just do or do not pass the modulus.
TEST(Ff1Card, RoundTripsWhenHalvesAreExtreme) {
  static constexpr uint8_t kEnds[] = {0, 9};
  static constexpr uint8_t kLasts[] = {0, 1, 8, 9};
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(Bytes(32, 3), 10));
  for (size_t length = 6; length <= 19; ++length) {
    Bytes numerals;
    size_t messages = 0;
    for (const uint8_t first : kEnds) {
      for (const uint8_t second : kEnds) {
        for (const uint8_t last : kLasts) {
          Bytes one(length, first);
          std::fill(one.begin() + static_cast<ptrdiff_t>(length / 2), one.end(),
                    second);
          one.back() = last;
          numerals.insert(numerals.end(), one.begin(), one.end());
          ++messages;
        }
      }
    }
    const Bytes before = numerals;
    const Ff1Batch batch = {.length = length,
                            .numerals = absl::MakeSpan(numerals)};
    ASSERT_THAT(ff1.Decrypt(batch), IsOk());
    EXPECT_NE(numerals, before);
    ASSERT_THAT(ff1.Encrypt(batch), IsOk());
    EXPECT_EQ(numerals, before) << length;
    EXPECT_EQ(messages, 16u);
  }
}

// Every message of six digits, in one batch.
TEST(Ff1Card, PermutesTheWholeDomainOfSixDigits) {
  constexpr size_t kDomain = 1'000'000;
  constexpr size_t kLength = 6;
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(Bytes(32, 5), 10));
  Bytes numerals(kDomain * kLength);
  for (size_t i = 0; i < kDomain; ++i) {
    size_t rest = i;
    for (size_t k = kLength; k-- > 0; rest /= 10) {
      numerals[i * kLength + k] = static_cast<uint8_t>(rest % 10);
    }
  }
  const Bytes before = numerals;
  const Bytes tweaks(kDomain * 3, 0x21);
  const Ff1Batch batch = {.length = kLength,
                          .tweak_bytes = 3,
                          .numerals = absl::MakeSpan(numerals),
                          .tweaks = tweaks};
  ASSERT_THAT(ff1.Encrypt(batch), IsOk());

  std::vector<bool> seen(kDomain, false);
  size_t fixed_points = 0;
  for (size_t i = 0; i < kDomain; ++i) {
    size_t value = 0;
    for (size_t k = 0; k < kLength; ++k) {
      ASSERT_LT(numerals[i * kLength + k], 10);
      value = value * 10 + numerals[i * kLength + k];
    }
    ASSERT_FALSE(seen[value]) << "two messages give one";
    seen[value] = true;
    fixed_points += value == i ? 1 : 0;
  }
  // A random permutation has one on average; more than 20 has a probability
  // below 10^-19.
  EXPECT_LE(fixed_points, 20u);
  ASSERT_THAT(ff1.Decrypt(batch), IsOk());
  EXPECT_EQ(numerals, before);
}

// Bytes beside the message are neither read into it nor written.
TEST(Ff1Card, LeavesTheNeighboursAlone) {
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1, NewFf1(Bytes(32, 3), 10));
  for (size_t length = 6; length <= 19; ++length) {
    for (const size_t messages : {1u, 2u, 8u, 9u, 256u, 257u}) {
      Bytes inside(length * messages, 4);
      Bytes framed(16 + inside.size() + 16, 0xee);
      std::copy(inside.begin(), inside.end(), framed.begin() + 16);
      const Bytes tweaks(messages, 1);
      const auto batch = [&](absl::Span<uint8_t> numerals) {
        return Ff1Batch{.length = length,
                        .tweak_bytes = 1,
                        .numerals = numerals,
                        .tweaks = tweaks};
      };
      ASSERT_THAT(ff1.Encrypt(batch(absl::MakeSpan(inside))), IsOk());
      ASSERT_THAT(
          ff1.Encrypt(batch(absl::MakeSpan(framed).subspan(16, inside.size()))),
          IsOk());
      Bytes expected(16, 0xee);
      expected.insert(expected.end(), inside.begin(), inside.end());
      expected.insert(expected.end(), 16, 0xee);
      EXPECT_EQ(framed, expected) << length << " digits, " << messages;
    }
  }
}

}  // namespace
}  // namespace panvault::crypto
