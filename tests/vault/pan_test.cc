// What this shows: a Pan is 12 to 19 digits that pass Luhn, whoever refuses one
// says which rule was broken and nothing of the number, and the digits are gone
// from memory when the Pan is.

#include "vault/pan.h"

#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::RandomPan;

Reason ReasonOf(const absl::StatusOr<Pan>& pan) {
  return FactsOf(pan.status()).reason;
}

std::string Text(const Pan& pan) {
  std::string text;
  for (const uint8_t digit : pan.ExposeDigits()) {
    text.push_back(static_cast<char>('0' + digit));
  }
  return text;
}

TEST(Pan, ParsesPublishedTestNumbers) {
  for (const char* const text :
       {"4111111111111111", "378282246310005", "6011000990139424",
        "5555555555554444", "30569309025904", "4222222222222",
        "6304000000000000", "500000000009", "6759649826438453"}) {
    const absl::StatusOr<Pan> pan = Pan::Parse(text);
    ASSERT_THAT(pan, IsOk()) << text;
    EXPECT_EQ(Text(*pan), text);
    EXPECT_EQ(pan->length(), std::string(text).size());
  }
}

TEST(Pan, RefusesInTheOrderOfTheRules) {
  struct Row {
    const char* what;
    std::string text;
    Reason reason;
  };
  const Row rows[] = {
      {"empty", "", Reason::kPanLength},
      {"11 digits", "41111111111", Reason::kPanLength},
      {"20 digits", "41111111111111111111", Reason::kPanLength},
      {"11 bytes that are no digits", "x1111111111", Reason::kPanLength},
      {"20 letters", "abcdefghijklmnopqrst", Reason::kPanLength},
      {"spaces", "4111 1111 1111 1111", Reason::kPanDigits},
      {"dashes", "4111-1111-1111-1111", Reason::kPanDigits},
      {"letters", "4111x11111111111", Reason::kPanDigits},
      {"a sign", "+4111111111111111", Reason::kPanDigits},
      {"a line end", "4111111111111111\n", Reason::kPanDigits},
      {"full-width, 48 bytes", "４１１１１１１１１１１１１１１１",
       Reason::kPanLength},
      {"full-width, 15 bytes", "４１１１１", Reason::kPanDigits},
      {"Arabic-Indic, 16 bytes", "٤١١١١١١١", Reason::kPanDigits},
      {"NUL inside",
       std::string("4111111\0"
                   "11111111",
                   16),
       Reason::kPanDigits},
      {"NUL counts as a byte", std::string("4111111111111111\0\0\0\0", 20),
       Reason::kPanLength},
      {"no digit, and no Luhn", "4111x11111111112", Reason::kPanDigits},
      {"Luhn", "4111111111111112", Reason::kPanLuhn},
  };
  for (const Row& row : rows) {
    const absl::StatusOr<Pan> pan = Pan::Parse(row.text);
    EXPECT_FALSE(pan.ok()) << row.what;
    EXPECT_EQ(ReasonOf(pan), row.reason) << row.what;
    EXPECT_EQ(pan.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(FactsOf(pan.status()).field, "pan");
  }
}

TEST(Pan, RefusalsNeverHoldTheNumber) {
  std::mt19937_64 random(1);
  for (size_t length = 0; length <= 24; ++length) {
    for (int i = 0; i < 50; ++i) {
      std::string text;
      for (size_t d = 0; d < length; ++d) {
        text.push_back(static_cast<char>('0' + random() % 10));
      }
      if (i % 3 == 0 && length > 0) text[random() % length] = 'x';
      const absl::StatusOr<Pan> pan = Pan::Parse(text);
      if (pan.ok()) continue;
      const std::string said = pan.status().ToString();
      for (size_t from = 0; from + 3 <= text.size(); ++from) {
        EXPECT_EQ(said.find(text.substr(from, 3)), std::string::npos) << length;
      }
    }
  }
}

TEST(Pan, OneOfTenLastDigitsPasses) {
  std::mt19937_64 random(2);
  for (size_t length = kPanDigitsMin; length <= kPanDigitsMax; ++length) {
    std::string text = RandomPan(length, random);
    int passed = 0;
    for (char last = '0'; last <= '9'; ++last) {
      text.back() = last;
      const absl::StatusOr<Pan> pan = Pan::Parse(text);
      passed += pan.ok() ? 1 : 0;
      if (!pan.ok()) {
        EXPECT_EQ(ReasonOf(pan), Reason::kPanLuhn);
      }
    }
    EXPECT_EQ(passed, 1) << length;
  }
}

TEST(Pan, FromDigitsRefusesLikeParse) {
  std::vector<uint8_t> digits(16, 1);
  digits[0] = 4;
  EXPECT_THAT(Pan::FromDigits(digits), IsOk());
  digits[15] = 2;
  EXPECT_EQ(ReasonOf(Pan::FromDigits(digits)), Reason::kPanLuhn);
  digits[15] = 10;
  EXPECT_EQ(ReasonOf(Pan::FromDigits(digits)), Reason::kPanDigits);
  EXPECT_EQ(ReasonOf(Pan::FromDigits(std::vector<uint8_t>(11, 0))),
            Reason::kPanLength);
}

TEST(Pan, IsEqualOnlyToItself) {
  const Pan a = Pan::Parse("4111111111111111").value();
  EXPECT_TRUE(a == Pan::Parse("4111111111111111").value());
  EXPECT_FALSE(a == Pan::Parse("4111111111111129").value());
  // The same digits, and zeros behind them.
  const Pan shorter = Pan::Parse("500000000009").value();
  const std::vector<uint8_t> zeros(12, 0);
  const std::vector<uint8_t> more_zeros(13, 0);
  EXPECT_FALSE(a == shorter);
  EXPECT_FALSE(Pan::FromDigits(zeros).value() ==
               Pan::FromDigits(more_zeros).value());
}

TEST(Pan, IsWipedWhenDestroyed) {
  alignas(Pan) unsigned char room[sizeof(Pan)] = {};
  Pan* const pan = new (room) Pan(Pan::Parse("4999999999999996").value());
  ASSERT_EQ(pan->ExposeDigits()[1], 9);
  pan->~Pan();
  const volatile unsigned char* const left = room;
  for (size_t i = 0; i < kPanDigitsMax; ++i) EXPECT_EQ(left[i], 0) << i;
}

}  // namespace
}  // namespace panvault::vault
