// What this shows: of all bytes only '0' to '9' are digits, and of all lengths
// only 12 to 19 are read.

#include "vault/digits.h"

#include <array>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "vault/pan.h"

namespace panvault::vault {
namespace {

TEST(Digits, EveryLengthIsJudged) {
  for (size_t length = 0; length <= 64; ++length) {
    std::array<uint8_t, kPanDigitsMax> out = {};
    const bool fits = length >= 12 && length <= 19;
    EXPECT_EQ(ReadDigits(std::string(length, '7'), absl::MakeSpan(out)),
              fits ? DigitsFault::kNone : DigitsFault::kLength)
        << length;
    EXPECT_EQ(CheckDigits(std::vector<uint8_t>(length, 7)),
              fits ? DigitsFault::kNone : DigitsFault::kLength)
        << length;
  }
}

TEST(Digits, EveryByteIsJudgedAtEveryPlace) {
  for (size_t place = 0; place < 12; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(12, '1');
      text[place] = static_cast<char>(byte);
      std::array<uint8_t, kPanDigitsMax> out = {};
      const bool digit = byte >= '0' && byte <= '9';
      EXPECT_EQ(ReadDigits(text, absl::MakeSpan(out)),
                digit ? DigitsFault::kNone : DigitsFault::kDigits)
          << byte << " at " << place;
      if (digit) {
        EXPECT_EQ(out[place], byte - '0');
      }

      std::vector<uint8_t> values(12, 1);
      values[place] = static_cast<uint8_t>(byte);
      EXPECT_EQ(CheckDigits(values),
                byte <= 9 ? DigitsFault::kNone : DigitsFault::kDigits)
          << byte << " at " << place;
    }
  }
}

}  // namespace
}  // namespace panvault::vault
