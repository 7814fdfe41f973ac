// What this shows: the part of the PRF that FF1 computes ahead is the CBC-MAC
// state before the last block of Q, for every tweak and half length.

#include "crypto/ff1_base.h"

#include <cstring>
#include <memory>
#include <vector>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

constexpr size_t kTweaks = 5;

// CBC-MAC of `e_p` (already the first state) over Q with [i] and NUM(B) zero,
// less the last encryption; byte by byte.
Bytes SlowBase(const AesEcb::Lease& aes, const Bytes& e_p, const Bytes& tweak,
               size_t b) {
  Bytes q = tweak;
  while ((q.size() + b + 1) % kAesBlockBytes != 0) q.push_back(0);
  q.resize(q.size() + 1 + b, 0);
  Bytes state = e_p;
  for (size_t at = 0; at < q.size(); at += kAesBlockBytes) {
    if (at != 0) {
      EXPECT_TRUE(aes.Encrypt(state.data(), state.data(), 1));
    }
    for (size_t k = 0; k < kAesBlockBytes; ++k) state[k] ^= q[at + k];
  }
  return state;
}

TEST(Ff1Bases, AreTheMacStateForEveryTweakAndHalfLength) {
  auto aes = AesEcb::Create(SecretBytes(32));
  ASSERT_TRUE(aes.ok());
  const AesEcb::Lease lease(**aes);
  ASSERT_TRUE(lease.ok());
  const Bytes e_p = FromHex("000102030405060708090a0b0c0d0e0f");
  Ff1Block block;
  std::memcpy(&block, e_p.data(), sizeof(block));

  for (size_t b = 1; b <= 8; ++b) {
    for (size_t t = 0; t <= 64; ++t) {
      // On the heap and of the exact size, so that ASan sees a read beyond.
      Bytes tweaks(t * kTweaks);
      for (size_t i = 0; i < tweaks.size(); ++i) {
        tweaks[i] = static_cast<uint8_t>(i * 37 + t + 1);
      }
      tweaks.shrink_to_fit();
      std::vector<Ff1Block> bases(kTweaks);
      ASSERT_TRUE(Ff1Bases(lease, block, {.all = tweaks, .t = t, .b = b},
                           absl::MakeSpan(bases)));
      for (size_t k = 0; k < kTweaks; ++k) {
        const Bytes tweak = Part(tweaks, k, t);
        Bytes base(kAesBlockBytes);
        std::memcpy(base.data(), &bases[k], base.size());
        ASSERT_EQ(base, SlowBase(lease, e_p, tweak, b))
            << "tweak of " << t << ", half of " << b << ", message " << k;
      }
    }
  }
}

}  // namespace
}  // namespace panvault::crypto
