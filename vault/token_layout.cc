#include "vault/token_layout.h"

#include "absl/strings/str_cat.h"
#include "crypto/ff1.h"
#include "vault/errors.h"
#include "vault/pan.h"

namespace panvault::vault {
namespace {

constexpr uint64_t PowerOfTen(size_t exponent) {
  return exponent == 0 ? 1 : 10 * PowerOfTen(exponent - 1);
}
static_assert(PowerOfTen(kPermutedDigitsMin) >= crypto::kFf1DomainMin);
static_assert(PowerOfTen(kPermutedDigitsMin - 1) < crypto::kFf1DomainMin);

// Made without looking at the caller's PAN beyond its length.
absl::Status TooSmall(size_t length, size_t free_digits) {
  return MakeError(
      {Reason::kDomainTooSmall, "pan",
       absl::StrCat(kPermutedDigitsMin + 1, " free digits, or ",
                    kPermutedDigitsMin, " with allow_floor")},
      absl::StrCat("this profile leaves ", free_digits, " digits of a PAN of ",
                   length, " free; format-preserving encryption needs ",
                   kPermutedDigitsMin + 1, ", or ", kPermutedDigitsMin,
                   " if the profile sets allow_floor"));
}

}  // namespace

KeptCounts CountsOf(KeptDigits kept) {
  switch (kept) {
    case KeptDigits::kNone:
      return {.front = 0, .back = 0};
    case KeptDigits::kLast4:
      return {.front = 0, .back = 4};
    case KeptDigits::kBin6Last4:
      return {.front = 6, .back = 4};
    case KeptDigits::kBin8Last4:
      return {.front = 8, .back = 4};
  }
  return {};
}

absl::StatusOr<TokenLayout> LayoutFor(const TokenProfile& profile,
                                      size_t length) {
  const KeptCounts kept = CountsOf(profile.kept);
  if (length < kPanDigitsMin || length > kPanDigitsMax) {
    return absl::InternalError("no layout for a number of this length");
  }
  // 12 digits at least, 12 kept at most: the difference is never negative.
  const size_t free_digits = length - kept.front - kept.back;
  if (free_digits >= kPermutedDigitsMin + 1) {
    return TokenLayout{LayoutKind::kVersioned, length, kept.front, kept.back};
  }
  if (free_digits == kPermutedDigitsMin && profile.allow_floor) {
    return TokenLayout{LayoutKind::kFloor, length, kept.front, kept.back};
  }
  return TooSmall(length, free_digits);
}

}  // namespace panvault::vault
