// What this shows: digits become numbers and numbers digits without loss, for
// every length of a card and at the edges of each half.

#include "crypto/ff1_card_digits.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"

namespace panvault::crypto {
namespace {

TEST(CardDigits, EightDigitsConvertBothWaysAllOverTheirRange) {
  // A step that is prime to 10 visits every digit at every place.
  for (uint64_t number = 0; number < PowerOf10(8); number += 1009) {
    uint64_t digits = 0;
    uint64_t rest = number;
    for (int place = 7; place >= 0; --place, rest /= 10) {
      digits |= rest % 10 << (8 * place);
    }
    ASSERT_EQ(DigitsOf8(number), digits) << number;
    ASSERT_EQ(NumberOf8(digits), number);
  }
}

TEST(CardDigits, FourDigitsConvertOverTheirWholeRange) {
  for (uint64_t number = 0; number < PowerOf10(4); ++number) {
    ASSERT_EQ(DigitsOf8<4>(number), DigitsOf8(number)) << number;
    ASSERT_EQ(NumberOf8(DigitsOf8<4>(number)), number);
  }
}

// The halves of a text, its digits, and the way back.
template <size_t kN>
void CheckText(const std::string& text) {
  using Digits = CardDigits<kN>;
  const Bytes message = Numerals(text);
  const uint64_t left = std::stoull(text.substr(0, Digits::kU));
  const uint64_t right = std::stoull(text.substr(Digits::kU));
  EXPECT_EQ(Digits::ReadLeft(message.data()), left) << text;
  EXPECT_EQ(Digits::ReadRight(message.data()), right) << text;
  Bytes written(kN, 0xff);
  Digits::Write(left, right, written.data());
  EXPECT_EQ(written, message) << text;
}

template <size_t... kIndex>
void CheckAllLengths(std::index_sequence<kIndex...>) {
  const auto check = [](auto length) {
    constexpr size_t kN = decltype(length)::value;
    for (size_t at = 0; at < kN; ++at) {
      // One digit that differs from the others shows where it goes.
      for (const char digit : {'1', '5', '9'}) {
        std::string text(kN, '0');
        text[at] = digit;
        CheckText<kN>(text);
        text.assign(kN, '9');
        text[at] = static_cast<char>('9' - digit + '0');
        CheckText<kN>(text);
      }
    }
    CheckText<kN>(std::string("1234567890987654321").substr(0, kN));
    CheckText<kN>(std::string(kN, '0'));
    CheckText<kN>(std::string(kN, '9'));
  };
  (check(std::integral_constant<size_t, 6 + kIndex>()), ...);
}

TEST(CardDigits, EveryPlaceOfEveryLengthIsReadAndWritten) {
  CheckAllLengths(std::make_index_sequence<14>());
}

}  // namespace
}  // namespace panvault::crypto
