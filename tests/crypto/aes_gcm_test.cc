// What this shows: AesGcmOpen reads AES-256-GCM as published, AesGcmSeal writes
// what it reads, and nothing that was changed opens.

#include "crypto/aes_gcm.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

SecretBytes Secret(absl::string_view hex) {
  return SecretBytes::CopyOf(FromHex(hex));
}

struct KnownAnswer {
  const char* key;
  const char* nonce;
  const char* aad;
  const char* plaintext;
  const char* ciphertext;
  const char* tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14
// and 16: the AES-256 ones with a nonce of 96 bits, without and with AAD.
constexpr KnownAnswer kKnownAnswers[] = {
    {"00000000000000000000000000000000"
     "00000000000000000000000000000000",
     "000000000000000000000000", "", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"00000000000000000000000000000000"
     "00000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308"
     "feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(AesGcmOpen, MatchesPublishedTestCases) {
  for (const KnownAnswer& known : kKnownAnswers) {
    const Bytes sealed =
        FromHex(std::string(known.nonce) + known.ciphertext + known.tag);
    ASSERT_OK_AND_ASSIGN(
        const SecretBytes opened,
        AesGcmOpen(Secret(known.key), FromHex(known.aad), sealed));
    EXPECT_TRUE(opened == Secret(known.plaintext));
  }
}

class AesGcm : public ::testing::Test {
 protected:
  Bytes Seal() {
    auto sealed = AesGcmSeal(key_, aad_, text_);
    EXPECT_THAT(sealed, IsOk());
    return *sealed;
  }
  void ExpectDataLoss(const SecretBytes& key, const Bytes& aad,
                      const Bytes& sealed) {
    EXPECT_THAT(AesGcmOpen(key, aad, sealed),
                StatusIs(absl::StatusCode::kDataLoss));
  }

  const SecretBytes key_ = SecretBytes::CopyOf(Bytes(32, 0x11));
  const Bytes aad_ = FromHex("70616e7661756c74");
  const SecretBytes text_ = SecretBytes::CopyOf(Bytes(32, 0x22));
};

TEST_F(AesGcm, OpensWhatItSealedForEverySize) {
  for (size_t size = 0; size <= 70; ++size) {
    const SecretBytes text = SecretBytes::CopyOf(Bytes(size, 0x5a));
    for (const Bytes& aad : {Bytes(), aad_, Bytes(1000, 1)}) {
      ASSERT_OK_AND_ASSIGN(const Bytes sealed, AesGcmSeal(key_, aad, text));
      EXPECT_EQ(sealed.size(), kAesGcmNonceBytes + size + kAesGcmTagBytes);
      ASSERT_OK_AND_ASSIGN(const SecretBytes opened,
                           AesGcmOpen(key_, aad, sealed));
      EXPECT_TRUE(opened == text);
    }
  }
}

TEST_F(AesGcm, SealsWithANewNonceEachTime) {
  std::set<Bytes> nonces;
  for (int i = 0; i < 500; ++i) {
    const Bytes sealed = Seal();
    EXPECT_TRUE(nonces.emplace(sealed.begin(), sealed.begin() + 12).second);
  }
}

TEST_F(AesGcm, DoesNotOpenWhenAnyBitOfAnyByteIsChanged) {
  const Bytes sealed = Seal();
  for (size_t at = 0; at < sealed.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      Bytes changed = sealed;
      changed[at] ^= static_cast<uint8_t>(1 << bit);
      SCOPED_TRACE(at);
      ExpectDataLoss(key_, aad_, changed);
    }
  }
}

TEST_F(AesGcm, DoesNotOpenWhenTruncatedOrExtended) {
  const Bytes sealed = Seal();
  for (size_t size = 0; size < sealed.size(); ++size) {
    SCOPED_TRACE(size);
    ExpectDataLoss(
        key_, aad_,
        Bytes(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(size)));
  }
  Bytes longer = sealed;
  longer.push_back(0);
  ExpectDataLoss(key_, aad_, longer);
}

TEST_F(AesGcm, DoesNotOpenUnderAnotherAad) {
  const Bytes sealed = Seal();
  for (size_t at = 0; at < aad_.size(); ++at) {
    Bytes other = aad_;
    other[at] ^= 1;
    ExpectDataLoss(key_, other, sealed);
  }
  Bytes longer = aad_;
  longer.push_back(0);
  ExpectDataLoss(key_, longer, sealed);
  ExpectDataLoss(key_, {}, sealed);
}

TEST_F(AesGcm, DoesNotOpenUnderAnotherKey) {
  Bytes other(32, 0x11);
  other.back() ^= 0x80;
  ExpectDataLoss(SecretBytes::CopyOf(other), aad_, Seal());
}

TEST_F(AesGcm, RefusesKeysThatAreNot32Bytes) {
  const Bytes sealed = Seal();
  for (const size_t size : {0u, 16u, 24u, 31u, 33u}) {
    const SecretBytes key(size);
    EXPECT_THAT(AesGcmSeal(key, aad_, text_),
                StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(AesGcmOpen(key, aad_, sealed),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

}  // namespace
}  // namespace panvault::crypto
