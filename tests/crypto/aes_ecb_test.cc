// What this shows: AesEcb is AES (FIPS 197), for each key size and any number
// of blocks, and threads do not disturb each other.

#include "crypto/aes_ecb.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::StatusIs;

constexpr char kPlain[] = "00112233445566778899aabbccddeeff";

struct KnownAnswer {
  const char* key;
  const char* encrypted;
};
// FIPS 197, appendix C.
constexpr KnownAnswer kKnownAnswers[] = {
    {"000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"},
    {"000102030405060708090a0b0c0d0e0f1011121314151617",
     "dda97ca4864cdfe06eaf70a0ec0d7191"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "8ea2b7ca516745bfeafc49904b496089"},
};

Bytes Repeated(const Bytes& block, size_t count) {
  Bytes all;
  for (size_t i = 0; i < count; ++i) {
    all.insert(all.end(), block.begin(), block.end());
  }
  return all;
}

TEST(AesEcb, MatchesFips197ForEveryKeySizeAndNumberOfBlocks) {
  for (const KnownAnswer& known : kKnownAnswers) {
    auto aes = AesEcb::Create(SecretBytes::CopyOf(FromHex(known.key)));
    ASSERT_TRUE(aes.ok());
    const AesEcb::Lease lease(**aes);
    ASSERT_TRUE(lease.ok());
    for (const size_t blocks : {0u, 1u, 2u, 7u, 8u, 9u, 255u, 256u, 257u}) {
      const Bytes in = Repeated(FromHex(kPlain), blocks);
      Bytes out(in.size());
      ASSERT_TRUE(lease.Encrypt(in.data(), out.data(), blocks));
      EXPECT_EQ(out, Repeated(FromHex(known.encrypted), blocks)) << blocks;
      Bytes in_place = in;
      ASSERT_TRUE(lease.Encrypt(in_place.data(), in_place.data(), blocks));
      EXPECT_EQ(in_place, out);
    }
  }
}

TEST(AesEcb, RefusesOtherKeySizes) {
  for (const size_t size : {0u, 1u, 15u, 17u, 31u, 33u, 64u}) {
    EXPECT_THAT(AesEcb::Create(SecretBytes(size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
}

TEST(AesEcb, GivesOneThreadSeveralLeasesAtOnce) {
  auto aes = AesEcb::Create(SecretBytes::CopyOf(FromHex(kKnownAnswers[0].key)));
  ASSERT_TRUE(aes.ok());
  const Bytes in = FromHex(kPlain);
  const Bytes expected = FromHex(kKnownAnswers[0].encrypted);
  for (int repeat = 0; repeat < 3; ++repeat) {
    const AesEcb::Lease first(**aes);
    const AesEcb::Lease second(**aes);
    for (const AesEcb::Lease* lease : {&first, &second}) {
      ASSERT_TRUE(lease->ok());
      Bytes out(in.size());
      ASSERT_TRUE(lease->Encrypt(in.data(), out.data(), 1));
      EXPECT_EQ(out, expected);
    }
  }
}

// More threads than slots, so that some find theirs busy.
TEST(AesEcb, ServesMoreThreadsThanItKeepsContextsFor) {
  auto aes = AesEcb::Create(SecretBytes::CopyOf(FromHex(kKnownAnswers[2].key)));
  ASSERT_TRUE(aes.ok());
  const Bytes in = Repeated(FromHex(kPlain), 9);
  const Bytes expected = Repeated(FromHex(kKnownAnswers[2].encrypted), 9);
  constexpr size_t kThreads = 70;
  std::vector<int> wrong(kThreads, 0);
  std::vector<std::thread> threads;
  for (size_t id = 0; id < kThreads; ++id) {
    threads.emplace_back([&, id] {
      for (int i = 0; i < 200; ++i) {
        const AesEcb::Lease lease(**aes);
        Bytes out(in.size());
        if (!lease.ok() || !lease.Encrypt(in.data(), out.data(), 9) ||
            out != expected) {
          ++wrong[id];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(kThreads, 0));
}

}  // namespace
}  // namespace panvault::crypto
