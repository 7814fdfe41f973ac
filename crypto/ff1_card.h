// FF1 for card numbers: radix 10, 6 to 19 digits. Moduli and lengths are known
// at compile time, so the arithmetic is multiplications, shifts and masks:
// fast, and its duration does not depend on the digits. Internal to crypto/;
// arguments are checked by Ff1.

#ifndef PANVAULT_CRYPTO_FF1_CARD_H_
#define PANVAULT_CRYPTO_FF1_CARD_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "crypto/aes_ecb.h"
#include "crypto/ff1_base.h"
#include "crypto/ff1_shape.h"

namespace panvault::crypto {

inline constexpr size_t kFf1CardDigitsMin = 6;
inline constexpr size_t kFf1CardDigitsMax = 19;

// How the arithmetic between the AES calls is done. All give the same results:
// the portable path is the oracle of the other.
enum class Ff1CardPath {
  kPortable,
  kAvx2,  // Four messages at a time; 19 digits go the portable way.
};
inline constexpr size_t kFf1Avx2DigitsMax = 18;
// Fewer are faster on the portable path.
inline constexpr size_t kFf1Avx2MessagesMin = 8;

// The fastest one that this processor has, for a batch of `messages`.
Ff1CardPath Ff1CardPathFor(size_t messages);

// The values of E(P) that one key needs for cards. Thread-safe once filled.
class Ff1CardBlocks final {
 public:
  ~Ff1CardBlocks();

  // To be called once, first. False if OpenSSL fails.
  bool Fill(const AesEcb::Lease& aes);

  // Null for a tweak too long to be kept for.
  const Ff1Block* Find(const Ff1Shape& shape) const {
    return shape.t < kTweakLengths ? &e_p_[shape.n - kFf1CardDigitsMin][shape.t]
                                   : nullptr;
  }

 private:
  static constexpr size_t kLengths = kFf1CardDigitsMax - kFf1CardDigitsMin + 1;
  // The tweaks that share the last block of Q, and a few more: 0 to 15 bytes.
  static constexpr size_t kTweakLengths = 16;

  Ff1Block e_p_[kLengths][kTweakLengths];
};

constexpr bool Ff1CardFits(const Ff1Shape& shape) {
  return shape.radix == 10 && shape.n >= kFf1CardDigitsMin &&
         shape.n <= kFf1CardDigitsMax;
}

// In place. False if OpenSSL fails; `numerals` are then unspecified. `path` is
// one that this processor has.
bool Ff1Card(const AesEcb::Lease& aes, const Ff1CardBlocks& blocks,
             const Ff1Shape& shape, Ff1Direction direction, Ff1CardPath path,
             absl::Span<uint8_t> numerals, absl::Span<const uint8_t> tweaks);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_CARD_H_
