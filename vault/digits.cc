#include "vault/digits.h"

#include "vault/pan.h"

namespace panvault::vault {
namespace {

bool LengthFits(size_t length) {
  return length >= kPanDigitsMin && length <= kPanDigitsMax;
}

}  // namespace

DigitsFault ReadDigits(absl::string_view text, absl::Span<uint8_t> out) {
  if (!LengthFits(text.size())) return DigitsFault::kLength;
  unsigned over_nine = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    // Bytes below '0' wrap to large values.
    const auto digit = static_cast<uint8_t>(text[i] - '0');
    over_nine |= static_cast<unsigned>(digit > 9);
    out[i] = digit;
  }
  return over_nine == 0 ? DigitsFault::kNone : DigitsFault::kDigits;
}

DigitsFault CheckDigits(absl::Span<const uint8_t> digits) {
  if (!LengthFits(digits.size())) return DigitsFault::kLength;
  unsigned over_nine = 0;
  for (const uint8_t digit : digits) {
    over_nine |= static_cast<unsigned>(digit > 9);
  }
  return over_nine == 0 ? DigitsFault::kNone : DigitsFault::kDigits;
}

}  // namespace panvault::vault
