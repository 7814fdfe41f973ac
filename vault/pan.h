// Pan: a primary account number (ISO/IEC 7812), parsed once.

#ifndef PANVAULT_VAULT_PAN_H_
#define PANVAULT_VAULT_PAN_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::vault {

inline constexpr size_t kPanDigitsMin = 12;
inline constexpr size_t kPanDigitsMax = 19;

// A value that exists is 12 to 19 digits and passes the Luhn check. Wiped when
// destroyed. Not printable: there is no stream operator and no ToString.
class Pan final {
 public:
  // ASCII digits without separators. Errors: PAN_LENGTH, PAN_DIGITS, PAN_LUHN,
  // in this order.
  static absl::StatusOr<Pan> Parse(absl::string_view text);

  // Digits as values 0 to 9. For the tokenizer, which computes PANs.
  // Errors as Parse.
  static absl::StatusOr<Pan> FromDigits(absl::Span<const uint8_t> digits);

  Pan(const Pan&) = default;
  Pan& operator=(const Pan&) = default;
  ~Pan();

  size_t length() const { return length_; }

  // Values 0 to 9, `length()` of them. Valid as long as this value is.
  absl::Span<const uint8_t> ExposeDigits() const {
    return absl::MakeConstSpan(digits_.data(), length_);
  }

  friend bool operator==(const Pan& a, const Pan& b);

 private:
  Pan() = default;

  std::array<uint8_t, kPanDigitsMax> digits_ = {};
  uint8_t length_ = 0;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_PAN_H_
