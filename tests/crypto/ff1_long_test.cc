// What this shows: FF1 over long messages agrees with the reference, also where
// S is longer than one block and where the right half fills several.

#include "crypto/ff1_long.h"

#include <random>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_differential.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

// ACVP-AES-FF1 (usnistgov/ACVP-Server, 2022-09), tgId 1, tcId 2: 56 digits and
// a tweak of 16 bytes.
TEST(Ff1Long, MatchesAcvp) {
  ASSERT_OK_AND_ASSIGN(const Ff1 ff1,
                       NewFf1(FromHex("3544151C9CEB324C3C1ED31ADE99406D"), 10));
  const Bytes tweak = FromHex("6CA0E692B2773C7ECA2ECA1E7793DAA1");
  Bytes message =
      Numerals("80013770071781669296061827483885771389518248319371666162");
  ASSERT_TRUE(ff1.Encrypt(OneMessage(message, tweak)).ok());
  EXPECT_EQ(Text(message),
            "09295026876845967206918789775693655654016802646140865387");
}

TEST(Ff1Long, AgreesWithReferenceForEveryLengthUpTo200) {
  std::mt19937_64 rng(5);
  for (size_t length = 39; length <= 200; ++length) {
    for (const uint32_t radix : {10u, 26u, 36u}) {
      CompareWithReference({.radix = radix,
                            .key_bytes = 16 + 8 * (length % 3),
                            .length = length,
                            .tweak_bytes = rng() % (kFf1TweakBytesMax + 1),
                            .messages = 2},
                           rng);
    }
  }
}

TEST(Ff1Long, AgreesWithReferenceForEveryRadixAtTheLengthLimit) {
  std::mt19937_64 rng(6);
  for (uint32_t radix = kFf1RadixMin; radix <= kFf1RadixMax; ++radix) {
    for (const size_t length : {kFf1LengthMax - 1, kFf1LengthMax}) {
      CompareWithReference({.radix = radix,
                            .length = length,
                            .tweak_bytes = rng() % 17,
                            .messages = 1},
                           rng);
    }
  }
}

}  // namespace
}  // namespace panvault::crypto
