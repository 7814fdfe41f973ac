// Token: what stands for a PAN; digits of the same length that never pass the
// Luhn check. Not cardholder data, but not logged in clear either.

#ifndef PANVAULT_VAULT_TOKEN_H_
#define PANVAULT_VAULT_TOKEN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vault/pan.h"

namespace panvault::vault {

// A value that exists is 12 to 19 digits. Whether any profile made it is
// Tokenizer's to say, and so is the Luhn remainder.
class Token final {
 public:
  // ASCII digits without separators. Errors: TOKEN_LENGTH, TOKEN_DIGITS.
  static absl::StatusOr<Token> Parse(absl::string_view text);

  // Digits as values 0 to 9, 12 to 19 of them. Errors as Parse.
  static absl::StatusOr<Token> FromDigits(absl::Span<const uint8_t> digits);

  size_t length() const { return length_; }

  // Values 0 to 9, `length()` of them. Valid as long as this value is.
  absl::Span<const uint8_t> digits() const {
    return absl::MakeConstSpan(digits_.data(), length_);
  }

  // ASCII digits.
  std::string ToString() const;

  friend bool operator==(const Token& a, const Token& b) {
    return a.digits() == b.digits();
  }

 private:
  Token() = default;

  std::array<uint8_t, kPanDigitsMax> digits_ = {};
  uint8_t length_ = 0;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_TOKEN_H_
