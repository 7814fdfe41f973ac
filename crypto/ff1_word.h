// FF1 over halves that fit 64 bits, for any radix: radix^ceil(n/2) <= 2^64.
// Divides at run time; its duration is not independent of the numerals.
// Internal to crypto/; arguments are checked by Ff1.

#ifndef PANVAULT_CRYPTO_FF1_WORD_H_
#define PANVAULT_CRYPTO_FF1_WORD_H_

#include <cstdint>

#include "absl/types/span.h"
#include "crypto/aes_ecb.h"
#include "crypto/ff1_shape.h"

namespace panvault::crypto {

bool Ff1WordFits(const Ff1Shape& shape);

// In place. False if OpenSSL fails; `numerals` are then unspecified.
bool Ff1Word(const AesEcb::Lease& aes, const Ff1Shape& shape,
             Ff1Direction direction, absl::Span<uint8_t> numerals,
             absl::Span<const uint8_t> tweaks);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_WORD_H_
