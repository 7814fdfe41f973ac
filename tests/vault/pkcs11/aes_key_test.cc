// What this shows: the token's AES-256-GCM is the published one and that of
// crypto/aes_gcm.h, and no key is used that could leave the token.

#include "vault/pkcs11/aes_key.h"

#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "crypto/aes_gcm.h"
#include "gmock/gmock.h"
#include "tests/crypto/ff1_messages.h"
#include "tests/vault/pkcs11/token_test.h"

namespace panvault::vault::pkcs11 {
namespace {

using ::panvault::crypto::FromHex;
using ::panvault::testing::IsOk;
using ::panvault::testing::KeySpec;
using ::panvault::testing::kKeyLabel;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

const Bytes kAad = {1, 2, 3};

class AesKeyTest : public TokenTest {
 protected:
  AesKey Find(const KeySpec& spec = {}) {
    hsm_.MakeKey(spec);
    auto key = AesKey::Find(*session_, spec.label);
    EXPECT_THAT(key, IsOk());
    return *key;
  }

  void ExpectUnfit(const std::string& label, const std::string& why) {
    const absl::Status status = AesKey::Find(*session_, label).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(std::string(status.message()), "key \"" + label + "\": " + why);
  }

  std::unique_ptr<TokenSession> session_ = OpenSession();
};

// Of tests/crypto/aes_gcm_test.cc: McGrew and Viega, test cases 14 and 16.
TEST_F(AesKeyTest, OpensPublishedTestCases) {
  const AesKey zeros = Find({.label = "zeros", .value = Bytes(32, 0)});
  auto opened = zeros.Open(FromHex("000000000000000000000000"
                                   "cea7403d4d606b6e074ec5d3baf39d18"
                                   "d0d1c8a799996bf0265b98b5d48ab919"),
                           {});
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(*opened == crypto::SecretBytes(16));

  const AesKey key =
      Find({.value = FromHex("feffe9928665731c6d6a8f9467308308"
                             "feffe9928665731c6d6a8f9467308308")});
  opened = key.Open(
      FromHex("cafebabefacedbaddecaf888"
              "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
              "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
              "76fc6ece0f4e1768cddf8853bb2d551b"),
      FromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(
      *opened ==
      crypto::SecretBytes::CopyOf(FromHex(
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")));
}

TEST_F(AesKeyTest, SameKeyOutsideTheTokenReadsAndIsRead) {
  const AesKey key = Find({.value = Bytes(32, 'k')});
  const auto outside = crypto::SecretBytes::CopyOf(Bytes(32, 'k'));
  for (const size_t size : {1u, 16u, 31u, 32u, 33u, 100u}) {
    const auto text = crypto::SecretBytes::CopyOf(Bytes(size, 't'));
    ASSERT_OK_AND_ASSIGN(const Bytes by_token, key.Seal(text, kAad));
    ASSERT_OK_AND_ASSIGN(const auto read,
                         crypto::AesGcmOpen(outside, kAad, by_token));
    EXPECT_TRUE(read == text) << size;
    ASSERT_OK_AND_ASSIGN(const Bytes by_us,
                         crypto::AesGcmSeal(outside, kAad, text));
    ASSERT_OK_AND_ASSIGN(const auto back, key.Open(by_us, kAad));
    EXPECT_TRUE(back == text) << size;
  }
}

TEST_F(AesKeyTest, NoncesAreOurOwnAndNeverTheSame) {
  const AesKey key = Find();
  std::set<Bytes> nonces;
  for (int i = 0; i < 500; ++i) {
    ASSERT_OK_AND_ASSIGN(const Bytes sealed, key.Seal(Secret("text"), kAad));
    nonces.insert(Bytes(sealed.begin(), sealed.begin() + 12));
  }
  EXPECT_EQ(nonces.size(), 500u);
}

// python3 -c 'from cryptography.hazmat.primitives.ciphers import *; e = Cipher(
// algorithms.AES(b"k" * 32), modes.ECB()).encryptor(); print(
// e.update(b"panvault kek id1").hex()[:16])'
TEST_F(AesKeyTest, CheckValueIsThatOfTheKey) {
  const AesKey key = Find({.value = Bytes(32, 'k')});
  ASSERT_OK_AND_ASSIGN(const KeyCheckValue value, key.CheckValue());
  EXPECT_EQ(Bytes(value.begin(), value.end()), FromHex("18e1e9b817c00a03"));
  const AesKey same = Find({.label = "same", .value = Bytes(32, 'k')});
  ASSERT_OK_AND_ASSIGN(const KeyCheckValue again, same.CheckValue());
  EXPECT_EQ(again, value);
  const AesKey other = Find({.label = "other"});
  ASSERT_OK_AND_ASSIGN(const KeyCheckValue another, other.CheckValue());
  EXPECT_NE(another, value);
}

TEST_F(AesKeyTest, WhatWasChangedDoesNotOpen) {
  const AesKey key = Find();
  ASSERT_OK_AND_ASSIGN(const Bytes sealed, key.Seal(Secret("text"), kAad));
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(key.Open(changed, kAad).ok()) << i;
  }
  EXPECT_FALSE(key.Open(sealed, {}).ok());
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(key.Open(absl::MakeSpan(sealed).first(size), kAad).ok())
        << size;
  }
  EXPECT_THAT(key.Open(absl::MakeSpan(sealed).first(27), kAad),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(key.Open(sealed, kAad), IsOk());
}

TEST_F(AesKeyTest, WantsAnAesKeyOf32Bytes) {
  for (const CK_ULONG bytes : {CK_ULONG{16}, CK_ULONG{24}}) {
    hsm_.MakeKey({.label = "short", .bytes = bytes});
    ExpectUnfit("short", "is not an AES key of 32 bytes");
    hsm_.DestroyKeys("short");
  }
  hsm_.MakeKey({.label = "generic", .type = CKK_GENERIC_SECRET});
  ExpectUnfit("generic", "is not an AES key of 32 bytes");
}

TEST_F(AesKeyTest, WantsAKeyThatStaysOnTheToken) {
  hsm_.MakeKey({.label = "clear", .sensitive = false});
  ExpectUnfit("clear", "can be read in the clear (not CKA_SENSITIVE)");
  hsm_.MakeKey({.label = "mobile", .extractable = true});
  ExpectUnfit("mobile", "can leave the token (CKA_EXTRACTABLE)");
  hsm_.MakeKeyIn(session_->handle(), {.label = "session", .on_token = false});
  ExpectUnfit("session", "is of a session, not on the token (CKA_TOKEN)");
}

TEST_F(AesKeyTest, WantsAKeyThatEncryptsAndDecrypts) {
  const std::string why =
      "may not encrypt and decrypt (CKA_ENCRYPT, CKA_DECRYPT)";
  hsm_.MakeKey({.label = "one way", .decrypts = false});
  ExpectUnfit("one way", why);
  hsm_.MakeKey({.label = "other way", .encrypts = false});
  ExpectUnfit("other way", why);
}

TEST_F(AesKeyTest, WantsExactlyOneKeyOfTheLabel) {
  ExpectUnfit("absent", "the token has no such secret key");
  hsm_.MakeKey({.label = "twin"});
  hsm_.MakeKey({.label = "twin"});
  ExpectUnfit("twin", "more than one secret key has this label");
}

TEST_F(AesKeyTest, AnswersOfAWrongLengthAreRefused) {
  const AesKey key = Find();
  ASSERT_OK_AND_ASSIGN(const Bytes sealed, key.Seal(Secret("text"), kAad));
  for (const long error : {-1L, 1L, -16L, 16L, 1L << 40}) {
    shim_.size_error = error;
    for (const absl::Status& status :
         {key.Seal(Secret("text"), kAad).status(),
          key.Open(sealed, kAad).status(), key.CheckValue().status()}) {
      EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable)) << error;
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr("the answer has a wrong length"));
    }
  }
}

TEST_F(AesKeyTest, EachCallThatFailsIsNamed) {
  AesKey key = Find();
  ASSERT_OK_AND_ASSIGN(const Bytes sealed, key.Seal(Secret("text"), kAad));
  const struct {
    std::string functions[2];
    std::function<absl::Status()> use;
  } uses[] = {{{"C_EncryptInit", "C_Encrypt"},
               [&] { return key.Seal(Secret("text"), kAad).status(); }},
              {{"C_DecryptInit", "C_Decrypt"},
               [&] { return key.Open(sealed, kAad).status(); }},
              {{"C_EncryptInit (CKM_AES_ECB)", "C_Encrypt (CKM_AES_ECB)"},
               [&] { return key.CheckValue().status(); }},
              {{"C_FindObjectsInit", "C_FindObjects"},
               [&] { return AesKey::Find(*session_, kKeyLabel).status(); }}};
  for (const auto& [functions, use] : uses) {
    for (int i = 0; i < 2; ++i) {
      CountFromHere();
      shim_.fail_at = i + 1;
      EXPECT_EQ(std::string(use().message()),
                functions[i] + ": CKR_DEVICE_ERROR");
      // What had begun is not the next one's trouble.
      session_.reset();
      session_ = OpenSession();
      key = *AesKey::Find(*session_, kKeyLabel);
    }
  }
}

}  // namespace
}  // namespace panvault::vault::pkcs11
