// Steps 6.iv to 6.vii of an FF1 round (SP 800-38G), and 6.i of the next one,
// for four card numbers at a time with AVX2: twenty-odd instructions where the
// portable code has a hundred. Same results as that, which is its oracle in the
// tests; no division, no table, no branch. Internal to crypto/, and only for
// processors with AVX2.

#ifndef PANVAULT_CRYPTO_FF1_CARD_AVX2_H_
#define PANVAULT_CRYPTO_FF1_CARD_AVX2_H_

#ifdef __x86_64__
#include <immintrin.h>
#define PANVAULT_AVX2 __attribute__((target("avx2")))
#else
#define PANVAULT_AVX2  // Only declared, never called.
#endif

#include <bit>
#include <cstddef>
#include <cstdint>

#include "crypto/ff1_base.h"

namespace panvault::crypto {

// Where lane k of a group of four has its half: the order that unpacking makes.
constexpr size_t Avx2Slot(size_t k) { return k % 2 * 2 + k / 2; }

// Over `groups` times four lanes. half: in the slots of Avx2Slot; replaced by
// half + y or half - y modulo kModulus, where y is the first word of `out`. in:
// base xor [next]^1 || [half]^kB. The four do not overlap.
template <uint64_t kModulus, size_t kB, bool kEncrypt>
PANVAULT_AVX2 void Ff1RoundAvx2(int next, size_t groups, uint64_t* half,
                                const Ff1Block* out, const Ff1Block* base,
                                Ff1Block* in);

#ifdef __x86_64__

// y mod kModulus for y of 64 bits in 32-bit multiplications: y is folded to
// t = high * (2^32 mod kModulus) + low, and the quotient of t is estimated from
// its upper bits, never too large and too small by `kRemainderMax / kModulus`.
template <uint64_t kModulus>
struct Avx2Reduction {
  static constexpr uint64_t kLow = 0xffffffff;
  static constexpr uint64_t kFold = (uint64_t{1} << 32) % kModulus;
  static constexpr uint64_t kFoldedMax = kLow * kFold + kLow;
  static constexpr int kUpper = std::bit_width(kFoldedMax) > 32
                                    ? std::bit_width(kFoldedMax) - 32
                                    : 0;
  static constexpr int kScale = 31 + std::bit_width(kModulus);
  static constexpr uint64_t kInverse = (uint64_t{1} << kScale) / kModulus;
  // With th = t >> kUpper and q = th * kInverse >> (kScale - kUpper):
  // t - q * kModulus < kModulus + t * kModulus / 2^kScale + 2^kUpper.
  static constexpr uint64_t kRemainderMax =
      kModulus +
      (kFoldedMax >> 32) * kModulus / (uint64_t{1} << (kScale - 32)) + 1 +
      kModulus / (uint64_t{1} << (kScale - 32)) + (uint64_t{1} << kUpper);
  // A multiple of kModulus that no remainder exceeds.
  static constexpr uint64_t kCeiling =
      (kRemainderMax + kModulus - 1) / kModulus * kModulus;

  static_assert(kScale < 64 && kUpper < 32 && kScale - kUpper < 64);
  static_assert(kFoldedMax >> kUpper <= kLow && kInverse <= kLow);
  static_assert(kCeiling + kModulus <= kLow);
};

PANVAULT_AVX2 inline __m256i Avx2Words(uint64_t value) {
  return _mm256_set1_epi64x(static_cast<int64_t>(value));
}

// Per pair of words, as in _mm256_shuffle_epi8.
PANVAULT_AVX2 inline __m256i Avx2Bytes(uint64_t first, uint64_t second) {
  const auto a = static_cast<int64_t>(first);
  const auto b = static_cast<int64_t>(second);
  return _mm256_set_epi64x(b, a, b, a);
}

// old + y or old - y modulo kModulus, four times; `word` is y in big-endian.
template <uint64_t kModulus, bool kEncrypt>
[[gnu::always_inline]] PANVAULT_AVX2 inline __m256i Avx2Combine(__m256i old,
                                                                __m256i word) {
  using R = Avx2Reduction<kModulus>;
  constexpr uint64_t kSumMax =
      kModulus + (kEncrypt ? R::kRemainderMax : R::kCeiling);
  static_assert(kSumMax <= 8 * kModulus);
  const __m256i high = Avx2Bytes(0x8080808000010203, 0x8080808008090a0b);
  const __m256i low = Avx2Bytes(0x8080808004050607, 0x808080800c0d0e0f);

  const __m256i t = _mm256_add_epi64(
      _mm256_mul_epu32(_mm256_shuffle_epi8(word, high), Avx2Words(R::kFold)),
      _mm256_shuffle_epi8(word, low));
  const __m256i q = _mm256_srli_epi64(
      _mm256_mul_epu32(_mm256_srli_epi64(t, R::kUpper), Avx2Words(R::kInverse)),
      R::kScale - R::kUpper);
  // From here on in 32 bits: the upper half of a lane holds anything.
  const __m256i rest =
      _mm256_sub_epi32(t, _mm256_mul_epu32(q, Avx2Words(kModulus)));
  __m256i sum = kEncrypt
                    ? _mm256_add_epi32(old, rest)
                    : _mm256_sub_epi32(
                          _mm256_add_epi32(old, Avx2Words(R::kCeiling)), rest);
  // A difference below zero wraps, and then the sum is the smaller one.
  if constexpr (kSumMax > 4 * kModulus) {
    sum = _mm256_min_epu32(sum, _mm256_sub_epi32(sum, Avx2Words(4 * kModulus)));
  }
  if constexpr (kSumMax > 2 * kModulus) {
    sum = _mm256_min_epu32(sum, _mm256_sub_epi32(sum, Avx2Words(2 * kModulus)));
  }
  sum = _mm256_min_epu32(sum, _mm256_sub_epi32(sum, Avx2Words(kModulus)));
  return _mm256_blend_epi32(sum, _mm256_setzero_si256(), 0xaa);
}

template <uint64_t kModulus, size_t kB, bool kEncrypt>
PANVAULT_AVX2 void Ff1RoundAvx2(int next, size_t groups,
                                uint64_t* __restrict half,
                                const Ff1Block* __restrict out,
                                const Ff1Block* __restrict base,
                                Ff1Block* __restrict in) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i swap = Avx2Bytes(0x0001020304050607, 0x08090a0b0c0d0e0f);
  const __m256i round = Avx2Words(static_cast<uint64_t>(next) << (8 * kB));
  auto* halves = reinterpret_cast<__m256i*>(half);
  auto* from = reinterpret_cast<const __m256i*>(out);
  auto* bases = reinterpret_cast<const __m256i*>(base);
  auto* to = reinterpret_cast<__m256i*>(in);
  for (size_t g = 0; g < groups; ++g, from += 2, bases += 2, to += 2) {
    const __m256i word = _mm256_unpacklo_epi64(_mm256_loadu_si256(from),
                                               _mm256_loadu_si256(from + 1));
    const __m256i sum =
        Avx2Combine<kModulus, kEncrypt>(_mm256_loadu_si256(halves + g), word);
    _mm256_storeu_si256(halves + g, sum);
    const __m256i q = _mm256_shuffle_epi8(_mm256_or_si256(sum, round), swap);
    _mm256_storeu_si256(to, _mm256_xor_si256(_mm256_loadu_si256(bases),
                                             _mm256_unpacklo_epi64(zero, q)));
    _mm256_storeu_si256(to + 1,
                        _mm256_xor_si256(_mm256_loadu_si256(bases + 1),
                                         _mm256_unpackhi_epi64(zero, q)));
  }
}

#endif  // __x86_64__

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_FF1_CARD_AVX2_H_
