// What this shows: an implementation of KekProvider keeps the promises of
// vault/kek_provider.h, and wraps in the one format of vault/key_wrap.h.
//
// A test binary includes this header once and names its provider:
//
//   INSTANTIATE_TEST_SUITE_P(File, KekProviderContract,
//                            ::testing::Values(KekUnderTest{...}));

#ifndef PANVAULT_TESTS_CONTRACT_KEK_PROVIDER_CONTRACT_H_
#define PANVAULT_TESTS_CONTRACT_KEK_PROVIDER_CONTRACT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/kek_provider.h"
#include "vault/key_wrap.h"

namespace panvault::testing {

using KekBytes = std::vector<uint8_t>;

struct KekUnderTest {
  std::string name;
  // A provider of the AES key `key`, 32 bytes; may be called several times in a
  // test. What it needs lives until the next test.
  std::function<std::unique_ptr<const vault::KekProvider>(const KekBytes& key)>
      make;
};

inline std::ostream& operator<<(std::ostream& out, const KekUnderTest& kek) {
  return out << kek.name;
}

class KekProviderContract : public ::testing::TestWithParam<KekUnderTest> {
 protected:
  KekProviderContract() : kek_(GetParam().make(key_)) {}

  static void ExpectCorrupt(const vault::KekProvider& kek,
                            absl::Span<const uint8_t> wrapped,
                            absl::Span<const uint8_t> aad) {
    const auto opened = kek.Unwrap(wrapped, aad);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(vault::FactsOf(opened.status()).reason,
              vault::Reason::kKeyCorrupt)
        << opened.status();
  }

  const KekBytes key_ = KekBytes(32, 'k');
  const crypto::SecretBytes dek_ =
      crypto::SecretBytes::CopyOf(KekBytes(vault::kDekBytes, 'd'));
  const KekBytes aad_ =
      vault::DekAad({.profile_id = "p", .version = 1, .kek_id = "k"});
  std::unique_ptr<const vault::KekProvider> kek_;
};

TEST_P(KekProviderContract, UnwrapsWhatItWraps) {
  ASSERT_OK_AND_ASSIGN(const auto wrapped, kek_->Wrap(dek_, aad_));
  ASSERT_OK_AND_ASSIGN(const auto again, kek_->Unwrap(wrapped, aad_));
  EXPECT_TRUE(again == dek_);
}

// Key_wrap's own functions stand for every other provider with the same key.
TEST_P(KekProviderContract, FormatIsThatOfKeyWrap) {
  const auto key = crypto::SecretBytes::CopyOf(key_);
  ASSERT_OK_AND_ASSIGN(const auto wrapped, kek_->Wrap(dek_, aad_));
  EXPECT_EQ(wrapped.size(), 61u);
  EXPECT_EQ(wrapped[0], 0x01);
  ASSERT_OK_AND_ASSIGN(const auto read, vault::OpenDek(key, wrapped, aad_));
  EXPECT_TRUE(read == dek_);
  ASSERT_OK_AND_ASSIGN(const auto other, vault::SealDek(key, dek_, aad_));
  ASSERT_OK_AND_ASSIGN(const auto back, kek_->Unwrap(other, aad_));
  EXPECT_TRUE(back == dek_);
}

TEST_P(KekProviderContract, EveryBitCounts) {
  ASSERT_OK_AND_ASSIGN(const KekBytes wrapped, kek_->Wrap(dek_, aad_));
  for (size_t i = 0; i < 8 * wrapped.size(); ++i) {
    KekBytes changed = wrapped;
    changed[i / 8] ^= static_cast<uint8_t>(1U << (i % 8));
    SCOPED_TRACE(i);
    ExpectCorrupt(*kek_, changed, aad_);
  }
  for (size_t i = 0; i < aad_.size(); ++i) {
    KekBytes changed = aad_;
    changed[i] ^= 1;
    SCOPED_TRACE(i);
    ExpectCorrupt(*kek_, wrapped, changed);
  }
}

TEST_P(KekProviderContract, EveryLengthCounts) {
  ASSERT_OK_AND_ASSIGN(const KekBytes wrapped, kek_->Wrap(dek_, aad_));
  for (size_t size = 0; size < wrapped.size(); ++size) {
    SCOPED_TRACE(size);
    ExpectCorrupt(*kek_, absl::MakeSpan(wrapped).first(size), aad_);
  }
  KekBytes longer = wrapped;
  longer.push_back(0);
  ExpectCorrupt(*kek_, longer, aad_);
  ExpectCorrupt(*kek_, wrapped, {});
  // It has taken no harm.
  EXPECT_THAT(kek_->Unwrap(wrapped, aad_), IsOk());
}

TEST_P(KekProviderContract, NoTwoWrappedKeysAreTheSame) {
  std::set<KekBytes> nonces;
  for (int i = 0; i < 50; ++i) {
    ASSERT_OK_AND_ASSIGN(const KekBytes wrapped, kek_->Wrap(dek_, aad_));
    nonces.insert(KekBytes(wrapped.begin() + 1, wrapped.begin() + 13));
  }
  EXPECT_EQ(nonces.size(), 50u);
}

TEST_P(KekProviderContract, IdIsThatOfTheKey) {
  const std::string id = kek_->kek_id();
  ASSERT_OK_AND_ASSIGN(const KekBytes wrapped, kek_->Wrap(dek_, aad_));
  kek_ = GetParam().make(key_);
  EXPECT_EQ(kek_->kek_id(), id);
  EXPECT_THAT(kek_->Unwrap(wrapped, aad_), IsOk());
  kek_ = GetParam().make(KekBytes(32, 'o'));
  EXPECT_NE(kek_->kek_id(), id);
  ExpectCorrupt(*kek_, wrapped, aad_);
}

TEST_P(KekProviderContract, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (uint8_t t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      const auto dek = crypto::SecretBytes::CopyOf(KekBytes(32, t));
      const KekBytes aad(20, t);
      for (int i = 0; i < 20; ++i) {
        const auto wrapped = kek_->Wrap(dek, aad);
        ASSERT_THAT(wrapped, IsOk());
        const auto again = kek_->Unwrap(*wrapped, aad);
        ASSERT_THAT(again, IsOk());
        EXPECT_TRUE(*again == dek);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_CONTRACT_KEK_PROVIDER_CONTRACT_H_
