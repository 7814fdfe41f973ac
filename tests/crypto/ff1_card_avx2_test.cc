// What this shows: the AVX2 arithmetic of FF1 is exact, about every multiple of
// the modulus where an estimated quotient may be off, and its path gives the
// messages of the portable one.

#include "crypto/ff1_card_avx2.h"

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "crypto/aes_ecb.h"
#include "crypto/ff1_card.h"
#include "crypto/ff1_card_digits.h"
#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

bool HasAvx2() { return Ff1CardPathFor(1000) == Ff1CardPath::kAvx2; }

#ifdef __x86_64__

constexpr size_t kB = 4;
constexpr int kRound = 7;
constexpr uint64_t kBaseFirst = 0x1122334455667788;
constexpr uint64_t kBaseLast = 0x99aabbccddeeff00;

// Runs four lanes and compares them with 64-bit division.
template <uint64_t kModulus, bool kEncrypt>
void CheckLanes(const std::array<uint64_t, 4>& y,
                const std::array<uint64_t, 4>& half) {
  std::array<Ff1Block, 4> out, base, in;
  std::array<uint64_t, 4> slots;
  for (size_t k = 0; k < 4; ++k) {
    out[k] = {__builtin_bswap64(y[k]), 0x5555555555555555};
    base[k] = {kBaseFirst + k, kBaseLast + k};
    slots[Avx2Slot(k)] = half[k];
  }
  Ff1RoundAvx2<kModulus, kB, kEncrypt>(kRound, 1, slots.data(), out.data(),
                                       base.data(), in.data());
  for (size_t k = 0; k < 4; ++k) {
    const uint64_t rest = y[k] % kModulus;
    const uint64_t want =
        (half[k] + (kEncrypt ? rest : kModulus - rest)) % kModulus;
    ASSERT_EQ(slots[Avx2Slot(k)], want)
        << kModulus << " y " << y[k] << " half " << half[k];
    EXPECT_EQ(in[k].first, base[k].first);
    const uint64_t q = uint64_t{kRound} << (8 * kB) | want;
    EXPECT_EQ(in[k].last, base[k].last ^ __builtin_bswap64(q));
  }
}

template <uint64_t kModulus>
void CheckModulus() {
  std::mt19937_64 rng(kModulus);
  const auto both = [](const std::array<uint64_t, 4>& y,
                       const std::array<uint64_t, 4>& half) {
    CheckLanes<kModulus, true>(y, half);
    CheckLanes<kModulus, false>(y, half);
  };
  constexpr uint64_t kMax = ~uint64_t{0};
  constexpr uint64_t kLow = 0xffffffff;
  for (const uint64_t half : {uint64_t{0}, uint64_t{1}, kModulus - 1}) {
    both({0, 1, kMax, kMax - 1}, {half, half, half, half});
    both({kLow, kLow + 1, kMax - kLow, kModulus}, {half, half, half, half});
  }
  for (int i = 0; i < 50'000 && !::testing::Test::HasFailure(); ++i) {
    // About a random multiple, of a random size.
    const uint64_t multiple = (rng() >> (rng() % 64)) / kModulus * kModulus;
    both({multiple, multiple + 1, multiple - 1, rng()},
         {rng() % kModulus, kModulus - 1, 0, rng() % kModulus});
  }
}

TEST(Ff1CardAvx2, IsExactForEveryModulus) {
  if (!HasAvx2()) GTEST_SKIP() << "a processor without AVX2";
  CheckModulus<PowerOf10(3)>();
  CheckModulus<PowerOf10(4)>();
  CheckModulus<PowerOf10(5)>();
  CheckModulus<PowerOf10(6)>();
  CheckModulus<PowerOf10(7)>();
  CheckModulus<PowerOf10(8)>();
  CheckModulus<PowerOf10(9)>();
}

#endif  // __x86_64__

TEST(Ff1CardAvx2, AgreesWithThePortablePath) {
  if (!HasAvx2()) GTEST_SKIP() << "a processor without AVX2";
  std::mt19937_64 rng(20261125);
  ASSERT_OK_AND_ASSIGN(const auto aes,
                       AesEcb::Create(SecretBytes::CopyOf(Bytes(32, 9))));
  const AesEcb::Lease lease(*aes);
  Ff1CardBlocks blocks;
  ASSERT_TRUE(lease.ok() && blocks.Fill(lease));
  for (size_t messages = 1; messages <= 530; ++messages) {
    for (size_t n = kFf1CardDigitsMin; n <= kFf1CardDigitsMax; ++n) {
      const Ff1Shape shape = {.radix = 10, .n = n, .t = rng() % 20};
      Bytes numerals(messages * n);
      for (uint8_t& digit : numerals) digit = static_cast<uint8_t>(rng() % 10);
      Bytes tweaks(messages * shape.t);
      for (uint8_t& byte : tweaks) byte = static_cast<uint8_t>(rng());
      for (const auto direction :
           {Ff1Direction::kEncrypt, Ff1Direction::kDecrypt}) {
        Bytes portable = numerals;
        Bytes avx2 = numerals;
        ASSERT_TRUE(Ff1Card(lease, blocks, shape, direction,
                            Ff1CardPath::kPortable, absl::MakeSpan(portable),
                            tweaks));
        ASSERT_TRUE(Ff1Card(lease, blocks, shape, direction, Ff1CardPath::kAvx2,
                            absl::MakeSpan(avx2), tweaks));
        ASSERT_EQ(avx2, portable) << n << " digits, " << messages;
      }
    }
  }
}

// The reference tests of Ff1Card run through the path that is chosen here.
TEST(Ff1CardAvx2, IsChosenForBatchesOnly) {
  EXPECT_EQ(Ff1CardPathFor(1), Ff1CardPath::kPortable);
  EXPECT_EQ(Ff1CardPathFor(kFf1Avx2MessagesMin - 1), Ff1CardPath::kPortable);
#ifdef __x86_64__
  EXPECT_EQ(HasAvx2(), __builtin_cpu_supports("avx2") != 0);
#else
  EXPECT_FALSE(HasAvx2());
#endif
}

}  // namespace
}  // namespace panvault::crypto
