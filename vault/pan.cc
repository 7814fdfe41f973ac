#include "vault/pan.h"

#include <algorithm>

#include "crypto/luhn.h"
#include "crypto/secret_bytes.h"
#include "vault/digits.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

absl::Status PanError(DigitsFault fault) {
  switch (fault) {
    case DigitsFault::kNone:
      return absl::OkStatus();
    case DigitsFault::kLength:
      return MakeError({Reason::kPanLength, "pan", "12 to 19 digits"},
                       "a PAN has 12 to 19 digits");
    case DigitsFault::kDigits:
      return MakeError({Reason::kPanDigits, "pan", "ASCII digits only"},
                       "a PAN is ASCII digits without separators");
  }
  return absl::InternalError("unknown fault");
}

absl::Status LuhnError() {
  return MakeError({Reason::kPanLuhn, "pan", "Luhn check"},
                   "a PAN passes the Luhn check; this one does not");
}

}  // namespace

absl::StatusOr<Pan> Pan::Parse(absl::string_view text) {
  Pan pan;
  const DigitsFault fault = ReadDigits(text, absl::MakeSpan(pan.digits_));
  if (fault != DigitsFault::kNone) return PanError(fault);
  pan.length_ = static_cast<uint8_t>(text.size());
  if (crypto::LuhnRemainder(pan.ExposeDigits()) != 0) return LuhnError();
  return pan;
}

absl::StatusOr<Pan> Pan::FromDigits(absl::Span<const uint8_t> digits) {
  const DigitsFault fault = CheckDigits(digits);
  if (fault != DigitsFault::kNone) return PanError(fault);
  if (crypto::LuhnRemainder(digits) != 0) return LuhnError();
  Pan pan;
  std::copy(digits.begin(), digits.end(), pan.digits_.begin());
  pan.length_ = static_cast<uint8_t>(digits.size());
  return pan;
}

Pan::~Pan() { crypto::WipeMemory(digits_.data(), digits_.size()); }

bool operator==(const Pan& a, const Pan& b) {
  if (a.length_ != b.length_) return false;
  // Unused digits are zero in both. No early end: a PAN is compared in a time
  // that does not tell where two differ.
  unsigned difference = 0;
  for (size_t i = 0; i < a.digits_.size(); ++i) {
    difference |= static_cast<unsigned>(a.digits_[i] ^ b.digits_[i]);
  }
  return difference == 0;
}

}  // namespace panvault::vault
