// The Luhn check of ISO/IEC 7812-1 annex B, over digits as values 0 to 9.

#ifndef PANVAULT_CRYPTO_LUHN_H_
#define PANVAULT_CRYPTO_LUHN_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace panvault::crypto {

// The Luhn sum of `digits` modulo 10: 0 for a valid number. The rightmost digit
// counts as it is, the one before it doubled, and so on. Each digit must be
// 0 to 9. Constant time for a given length. Thread-safe.
unsigned LuhnRemainder(absl::Span<const uint8_t> digits);

// The digit which, put at `position`, makes the remainder of `digits` equal to
// `remainder` (0 to 9); the digit now at `position` does not count. There is
// always exactly one, since doubling permutes the digits. Thread-safe.
uint8_t LuhnDigitFor(absl::Span<const uint8_t> digits, size_t position,
                     unsigned remainder);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_LUHN_H_
