// TokenLayout: which digits of a PAN stand in its token as they are, which are
// permuted, and where the check digit is. One rule for every profile and
// length; docs/token-formats.md tells it for people.

#ifndef PANVAULT_VAULT_TOKEN_LAYOUT_H_
#define PANVAULT_VAULT_TOKEN_LAYOUT_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "vault/token_profile.h"

namespace panvault::vault {

// FF1's smallest domain is 10^6 (crypto::kFf1DomainMin).
inline constexpr size_t kPermutedDigitsMin = 6;

enum class LayoutKind {
  kVersioned,  // The Luhn remainder of the token is the key version's slot.
  kFloor,      // All free digits are permuted; the version comes with the call.
};

// With n digits: [0, front) and [n - back, n) are kept; [front, n - back) are
// free; the last free digit is the check digit.
struct TokenLayout {
  LayoutKind kind = LayoutKind::kVersioned;
  size_t length = 0;
  size_t front = 0;
  size_t back = 0;

  size_t free_digits() const { return length - front - back; }
  size_t check_position() const { return length - back - 1; }
  // The permuted digits begin at `front`.
  size_t permuted_digits() const {
    return kind == LayoutKind::kVersioned ? free_digits() - 1 : free_digits();
  }
};

// How many digits `kept` keeps on either side.
struct KeptCounts {
  size_t front = 0;
  size_t back = 0;
};
KeptCounts CountsOf(KeptDigits kept);

// The layout for PANs of `length`, 12 to 19. DOMAIN_TOO_SMALL if too few digits
// are free, or exactly six and `allow_floor` is not set. Thread-safe.
absl::StatusOr<TokenLayout> LayoutFor(const TokenProfile& profile,
                                      size_t length);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_TOKEN_LAYOUT_H_
