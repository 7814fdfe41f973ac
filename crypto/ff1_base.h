// The part of FF1's PRF that is the same in all rounds of a message: the
// CBC-MAC of P and the tweak, up to the last block of Q (SP 800-38G, FF1
// step 6.ii). Internal to crypto/.

#ifndef PANVAULT_CRYPTO_FF1_BASE_H_
#define PANVAULT_CRYPTO_FF1_BASE_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "crypto/aes_ecb.h"

namespace panvault::crypto {

// A block as two words, bytes in memory order. Not initialised.
struct alignas(kAesBlockBytes) Ff1Block {
  uint64_t first;
  uint64_t last;
};
static_assert(sizeof(Ff1Block) == kAesBlockBytes);

struct Ff1Tweaks {
  // Tweak i is all[i * t, (i + 1) * t). Readable to the end of `all` at least.
  absl::Span<const uint8_t> all;
  size_t t = 0;
  size_t b = 0;  // Bytes that hold a half; at most 8.
};

// Fills `bases`, one per tweak: xored with [i]^1 || [NUM(B)]^b in its last
// bytes and encrypted, it is R of round i. `e_p` is E(P). A tweak that shares
// the last block of Q costs no encryption; a longer one its own whole blocks,
// once and not per round. False if OpenSSL fails.
bool Ff1Bases(const AesEcb::Lease& aes, const Ff1Block& e_p,
              const Ff1Tweaks& tweaks, absl::Span<Ff1Block> bases);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_BASE_H_
