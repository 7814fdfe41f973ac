// What FF1 derives from radix, message length and tweak length alone (SP
// 800-38G, FF1 steps 1 to 5). Public values. Internal to crypto/.

#ifndef PANVAULT_CRYPTO_FF1_SHAPE_H_
#define PANVAULT_CRYPTO_FF1_SHAPE_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "crypto/aes_ecb.h"

namespace panvault::crypto {

inline constexpr int kFf1Rounds = 10;

// GCC and clang have it; -Wpedantic asks for the word.
__extension__ typedef unsigned __int128 uint128;

enum class Ff1Direction { kEncrypt, kDecrypt };

// The standard's letters.
struct Ff1Shape {
  uint32_t radix = 0;
  size_t n = 0;  // Numerals of a message.
  size_t t = 0;  // Bytes of a tweak.

  constexpr size_t u() const { return n / 2; }    // Step 1: left half, A.
  constexpr size_t v() const { return n - u(); }  // Right half, B.
};

// radix^exponent; kFf1PowerTooLarge if it is over 2^64.
inline constexpr uint128 kFf1PowerMax = uint128{1} << 64;
inline constexpr uint128 kFf1PowerTooLarge = kFf1PowerMax + 1;
constexpr uint128 Ff1Power(uint32_t radix, size_t exponent) {
  uint128 power = 1;
  for (size_t i = 0; i < exponent; ++i) {
    power *= radix;
    if (power > kFf1PowerMax) return kFf1PowerTooLarge;
  }
  return power;
}

// Step 3: bytes that hold any value below `power`, 2 to 2^64. The bits of
// power - 1 are ceil(v * log2(radix)) exactly, which floating point is not.
constexpr size_t Ff1HalfBytes(uint128 power) {
  const auto bits = std::bit_width(static_cast<uint64_t>(power - 1));
  return (static_cast<size_t>(bits) + 7) / 8;
}

// Step 4: d, the bytes of S.
constexpr size_t Ff1StringBytes(size_t half_bytes) {
  return 4 * ((half_bytes + 3) / 4) + 4;
}

// Step 5: P.
constexpr std::array<uint8_t, kAesBlockBytes> Ff1FirstBlock(
    const Ff1Shape& shape) {
  std::array<uint8_t, kAesBlockBytes> p = {1, 2, 1};
  for (size_t i = 0; i < 3; ++i) {
    p[3 + i] = static_cast<uint8_t>(shape.radix >> (8 * (2 - i)));
  }
  p[6] = kFf1Rounds;
  p[7] = static_cast<uint8_t>(shape.u());
  for (size_t i = 0; i < 4; ++i) {
    p[8 + i] = static_cast<uint8_t>(shape.n >> (8 * (3 - i)));
    p[12 + i] = static_cast<uint8_t>(shape.t >> (8 * (3 - i)));
  }
  return p;
}

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_SHAPE_H_
