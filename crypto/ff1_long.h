// FF1 over messages of any length, one at a time, with OpenSSL's BIGNUM. Rare:
// what does not fit ff1_word.h. Its duration depends on the numerals.
// Internal to crypto/; arguments are checked by Ff1.

#ifndef PANVAULT_CRYPTO_FF1_LONG_H_
#define PANVAULT_CRYPTO_FF1_LONG_H_

#include <cstdint>

#include "absl/types/span.h"
#include "crypto/aes_ecb.h"
#include "crypto/ff1_shape.h"

namespace panvault::crypto {

// In place. False if OpenSSL fails; `numerals` are then unspecified.
bool Ff1Long(const AesEcb::Lease& aes, const Ff1Shape& shape,
             Ff1Direction direction, absl::Span<uint8_t> numerals,
             absl::Span<const uint8_t> tweaks);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_LONG_H_
