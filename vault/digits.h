// Digits: what PANs and tokens are made of, as text and as values 0 to 9.
//
// Shared by Pan and Token, whose rules on length and alphabet are the same.

#ifndef PANVAULT_VAULT_DIGITS_H_
#define PANVAULT_VAULT_DIGITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::vault {

enum class DigitsFault {
  kNone,
  kLength,  // Not 12 to 19 bytes.
  kDigits,  // A byte that is not an ASCII digit.
};

// Reads `text` to `out[0, text.size())`, which has room for 19 values. Unless
// kNone is returned, `out` is unspecified. Thread-safe, as all here. Takes the
// same time for all digits.
DigitsFault ReadDigits(absl::string_view text, absl::Span<uint8_t> out);

// As ReadDigits, for values instead of text.
DigitsFault CheckDigits(absl::Span<const uint8_t> digits);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_DIGITS_H_
