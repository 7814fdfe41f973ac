#include "tests/client/fake_digits.h"

namespace panvault::client {
namespace {

bool AllDigits(absl::string_view text) {
  return text.find_first_not_of("0123456789") == absl::string_view::npos;
}

}  // namespace

bool PassesLuhn(absl::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

v1::ErrorReason CheckPan(absl::string_view pan) {
  if (pan.size() < 12 || pan.size() > 19) return v1::ERROR_REASON_PAN_LENGTH;
  if (!AllDigits(pan)) return v1::ERROR_REASON_PAN_DIGITS;
  if (!PassesLuhn(pan)) return v1::ERROR_REASON_PAN_LUHN;
  return v1::ERROR_REASON_UNSPECIFIED;
}

v1::ErrorReason CheckToken(absl::string_view token) {
  if (token.size() < 12 || token.size() > 19) {
    return v1::ERROR_REASON_TOKEN_LENGTH;
  }
  return AllDigits(token) ? v1::ERROR_REASON_UNSPECIFIED
                          : v1::ERROR_REASON_TOKEN_DIGITS;
}

std::string NinesComplement(std::string digits) {
  for (char& c : digits) c = static_cast<char>('0' + '9' - c);
  return digits;
}

std::string Revealed(std::string pan, v1::RevealLevel level) {
  const size_t head = level == v1::REVEAL_LEVEL_BIN_LAST4 ? 6 : 0;
  if (level != v1::REVEAL_LEVEL_FULL) {
    for (size_t i = head; i + 4 < pan.size(); ++i) pan[i] = '*';
  }
  return pan;
}

}  // namespace panvault::client
