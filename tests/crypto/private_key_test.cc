// What this shows: a private key is taken only whole, unencrypted and as the
// key of its certificate; DER and PEM of it are the same key.

#include "crypto/private_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/x509_certificate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::KeyType;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;
using ::panvault::testing::StatusIs;

SecretBytes Secret(const std::string& text) {
  return SecretBytes::CopyOf(
      {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Text(const SecretBytes& secret) {
  const auto bytes = secret.ExposeSecret();
  return std::string(bytes.begin(), bytes.end());
}

Certificate CertificateOf(const Made& made) {
  return Certificate::FromDer(made.Der()).value();
}

std::vector<uint8_t> DerOf(const Made& made) {
  PKCS8_PRIV_KEY_INFO* const pkcs8 = EVP_PKEY2PKCS8(made.key.get());
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(pkcs8, &der);
  std::vector<uint8_t> copy(der, der + size);
  OPENSSL_free(der);
  PKCS8_PRIV_KEY_INFO_free(pkcs8);
  return copy;
}

Made MadeWith(KeyType type) {
  testing::CertificateSpec spec;
  spec.key = type;
  return MakeCertificate(spec, nullptr);
}

TEST(PrivateKey, IsTakenAsPemAndAsDer) {
  for (const KeyType type : {KeyType::kP256, KeyType::kRsa2048}) {
    const Made made = MadeWith(type);
    EXPECT_THAT(CheckPrivateKey(Secret(made.KeyPem()), CertificateOf(made)),
                IsOk());
    ASSERT_OK_AND_ASSIGN(const SecretBytes pem,
                         PrivateKeyPemFromDer(DerOf(made)));
    EXPECT_THAT(CheckPrivateKey(pem, CertificateOf(made)), IsOk());
    EXPECT_THAT(Text(pem), ::testing::StartsWith("-----BEGIN PRIVATE KEY-"));
  }
}

TEST(PrivateKey, OfAnotherCertificateIsRefused) {
  const Made made = MadeWith(KeyType::kP256);
  const Made other = MadeWith(KeyType::kRsa2048);
  EXPECT_THAT(CheckPrivateKey(Secret(other.KeyPem()), CertificateOf(made)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(PrivateKey, WhoseHalvesAreAtOddsIsRefused) {
  const Made made = MadeWith(KeyType::kP256);
  std::vector<uint8_t> der = DerOf(made);
  // RFC 5915: the private half is an OCTET STRING of 32 bytes.
  for (size_t i = 0; i + 2 < der.size(); ++i) {
    if (der[i] == 0x04 && der[i + 1] == 0x20) {
      der[i + 20] ^= 1;
      break;
    }
  }
  ASSERT_OK_AND_ASSIGN(const SecretBytes pem, PrivateKeyPemFromDer(der));
  EXPECT_THAT(CheckPrivateKey(pem, CertificateOf(made)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(PrivateKey, GarbageIsRefused) {
  const Made made = MadeWith(KeyType::kP256);
  for (const std::string& text :
       {std::string(), std::string("garbage"), made.Pem(),
        made.KeyPem().substr(0, 60), std::string(kPrivateKeyBytesMax + 1, 'x'),
        made.KeyPem() + std::string(kPrivateKeyBytesMax, '\n')}) {
    EXPECT_THAT(CheckPrivateKey(Secret(text), CertificateOf(made)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text.substr(0, 60);
  }
}

TEST(PrivateKey, EncryptedIsRefusedWithoutAsking) {
  const Made made = MadeWith(KeyType::kP256);
  BIO* const bio = BIO_new(BIO_s_mem());
  char passphrase[] = "secret";
  PEM_write_bio_PKCS8PrivateKey(bio, made.key.get(), EVP_aes_256_cbc(),
                                passphrase, 6, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  const std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  EXPECT_THAT(CheckPrivateKey(Secret(pem), CertificateOf(made)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PrivateKey, DerIsWholeAndNothingMore) {
  const std::vector<uint8_t> good = DerOf(MadeWith(KeyType::kP256));
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(PrivateKeyPemFromDer(absl::MakeSpan(good).first(size)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
  std::vector<uint8_t> more = good;
  more.push_back(0);
  EXPECT_THAT(PrivateKeyPemFromDer(more),
              StatusIs(absl::StatusCode::kInvalidArgument));
  more.resize(kPrivateKeyBytesMax + 1);
  EXPECT_THAT(PrivateKeyPemFromDer(more),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::crypto
