// What this shows: the Luhn remainder of known numbers, that every wrong digit
// changes it, and that one digit restores any remainder.

#include "crypto/luhn.h"

#include <random>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"

namespace panvault::crypto {
namespace {

// The card networks' published test numbers, of 13 to 19 digits.
TEST(Luhn, KnownNumbersAreValid) {
  for (const char* number :
       {"4222222222222", "30569309025904", "378282246310005",
        "4111111111111111", "5555555555554444", "6011111111111117",
        "3530111333300000", "6304000000000000", "6759649826438453",
        "79927398713", "0", "00", ""}) {
    EXPECT_EQ(LuhnRemainder(Numerals(number)), 0u) << number;
  }
}

TEST(Luhn, RemainderFollowsTheCheckDigit) {
  for (uint8_t check = 0; check < 10; ++check) {
    Bytes digits = Numerals("7992739871");
    digits.push_back(check);
    EXPECT_EQ(LuhnRemainder(digits), (check + 10u - 3u) % 10) << int{check};
  }
}

Bytes RandomDigits(size_t length, std::mt19937& rng) {
  Bytes digits(length);
  for (uint8_t& digit : digits) digit = static_cast<uint8_t>(rng() % 10);
  return digits;
}

TEST(Luhn, EveryChangedDigitChangesTheRemainder) {
  std::mt19937 rng(1);
  for (size_t length = 1; length <= 19; ++length) {
    Bytes digits = RandomDigits(length, rng);
    const unsigned before = LuhnRemainder(digits);
    for (size_t at = 0; at < length; ++at) {
      const uint8_t own = digits[at];
      for (uint8_t other = 0; other < 10; ++other) {
        digits[at] = other;
        EXPECT_EQ(LuhnRemainder(digits) == before, other == own)
            << length << " digits, place " << at;
      }
      digits[at] = own;
    }
  }
}

TEST(Luhn, OneDigitGivesEachRemainderAtEveryPlace) {
  std::mt19937 rng(2);
  for (size_t length = 1; length <= 19; ++length) {
    Bytes digits = RandomDigits(length, rng);
    for (size_t at = 0; at < length; ++at) {
      const uint8_t own = digits[at];
      for (unsigned remainder = 0; remainder < 10; ++remainder) {
        const uint8_t digit = LuhnDigitFor(digits, at, remainder);
        ASSERT_LT(digit, 10);
        digits[at] = digit;
        EXPECT_EQ(LuhnRemainder(digits), remainder);
        // What stood there does not matter.
        EXPECT_EQ(LuhnDigitFor(digits, at, remainder), digit);
        int giving = 0;
        for (uint8_t other = 0; other < 10; ++other) {
          digits[at] = other;
          giving += LuhnRemainder(digits) == remainder ? 1 : 0;
        }
        EXPECT_EQ(giving, 1) << length << " digits, place " << at;
      }
      digits[at] = own;
    }
  }
}

}  // namespace
}  // namespace panvault::crypto
