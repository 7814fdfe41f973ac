// What this shows: certificates of the throwaway CA obey the X509-SVID rules,
// and OpenSSL's own path validation accepts the good ones and only those.

#include "crypto/x509_issuer.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "crypto/openssl.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using BioPtr = std::unique_ptr<BIO, OpenSslFree<BIO_free_all>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, OpenSslFree<X509_free>>;
using StorePtr = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;
using StoreCtxPtr =
    std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>>;
using NamesPtr =
    std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;

constexpr int64_t kNow = 1'800'000'000;
constexpr int64_t kHour = 3600;
constexpr Validity kCaValidity = {kNow - kHour, kNow + 24 * kHour};
constexpr Validity kLeafValidity = {kNow - kHour, kNow + kHour};
constexpr char kId[] = "spiffe://demo.panvault.test/ns/payments/sa/api";

X509Ptr ParseCertificate(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

PkeyPtr ParseKey(const SecretBytes& pem) {
  const auto bytes = pem.ExposeSecret();
  const BioPtr bio(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  return PkeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

// X509_V_OK, or why OpenSSL refuses `leaf` under `bundle` at `at_s`.
int VerifyAt(X509* leaf, const std::string& bundle, int64_t at_s, int purpose) {
  const X509Ptr root = ParseCertificate(bundle);
  const StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root.get());
  const StoreCtxPtr ctx(X509_STORE_CTX_new());
  X509_STORE_CTX_init(ctx.get(), store.get(), leaf, nullptr);
  X509_STORE_CTX_set_time(ctx.get(), 0, static_cast<time_t>(at_s));
  X509_STORE_CTX_set_flags(ctx.get(), X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_purpose(ctx.get(), purpose);
  X509_verify_cert(ctx.get());
  return X509_STORE_CTX_get_error(ctx.get());
}

// The URI SANs, as bytes.
std::vector<std::string> UriSansOf(const X509* certificate) {
  std::vector<std::string> uris;
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const auto* text = static_cast<ASN1_STRING*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type));
    if (type != GEN_URI) {
      uris.push_back("not a URI");
      continue;
    }
    const auto* bytes =
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
    uris.emplace_back(bytes, static_cast<size_t>(ASN1_STRING_length(text)));
  }
  return uris;
}

bool IsCritical(const X509* certificate, int nid) {
  const int place = X509_get_ext_by_NID(certificate, nid, -1);
  return place >= 0 &&
         X509_EXTENSION_get_critical(X509_get_ext(certificate, place)) == 1;
}

std::string SerialOf(X509* certificate) {
  const BignumPtr number(
      ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate), nullptr));
  EXPECT_FALSE(BN_is_negative(number.get()));
  EXPECT_LE(BN_num_bits(number.get()), 128);
  std::string bytes(16, '\0');
  BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()),
               16);
  return bytes;
}

class X509IssuerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto issuer = X509Issuer::Create("demo.panvault.test", kCaValidity);
    ASSERT_THAT(issuer, IsOk());
    issuer_ = std::make_unique<X509Issuer>(*std::move(issuer));
  }

  X509Ptr Issue(absl::string_view id = kId, Validity validity = kLeafValidity) {
    auto svid = issuer_->IssueSvid(id, validity);
    EXPECT_THAT(svid, IsOk());
    return svid.ok() ? ParseCertificate(svid->certificate_pem) : nullptr;
  }

  std::unique_ptr<X509Issuer> issuer_;
};

TEST_F(X509IssuerTest, LeafVerifiesForBothEndsOfTls) {
  const X509Ptr leaf = Issue();
  const std::string& bundle = issuer_->bundle_pem();
  for (const int purpose : {X509_PURPOSE_SSL_CLIENT, X509_PURPOSE_SSL_SERVER}) {
    EXPECT_EQ(VerifyAt(leaf.get(), bundle, kNow, purpose), X509_V_OK)
        << X509_verify_cert_error_string(
               VerifyAt(leaf.get(), bundle, kNow, purpose));
  }
}

TEST_F(X509IssuerTest, LeafIsRefusedWhenItsTimeIsNotNow) {
  const X509Ptr leaf = Issue();
  const std::string& bundle = issuer_->bundle_pem();
  EXPECT_EQ(VerifyAt(leaf.get(), bundle, kLeafValidity.not_after_s + 1,
                     X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(VerifyAt(leaf.get(), bundle, kLeafValidity.not_before_s - 1,
                     X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_F(X509IssuerTest, LeafIsRefusedWhenAnotherCaOfTheSameNameIsTrusted) {
  auto other = X509Issuer::Create("demo.panvault.test", kCaValidity);
  ASSERT_THAT(other, IsOk());
  const X509Ptr leaf = Issue();
  EXPECT_NE(
      VerifyAt(leaf.get(), other->bundle_pem(), kNow, X509_PURPOSE_SSL_CLIENT),
      X509_V_OK);
}

TEST_F(X509IssuerTest, LeafIsRefusedWhenOneByteWasChanged) {
  auto svid = issuer_->IssueSvid(kId, kLeafValidity);
  ASSERT_THAT(svid, IsOk());
  const X509Ptr leaf = ParseCertificate(svid->certificate_pem);
  unsigned char* der = nullptr;
  const int size = i2d_X509(leaf.get(), &der);
  ASSERT_GT(size, 0);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  const size_t place = bytes.find("payments");
  ASSERT_NE(place, std::string::npos);
  bytes[place] = 'q';
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const X509Ptr changed(d2i_X509(nullptr, &data, size));
  ASSERT_NE(changed, nullptr);
  EXPECT_EQ(VerifyAt(changed.get(), issuer_->bundle_pem(), kNow,
                     X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_CERT_SIGNATURE_FAILURE);
}

TEST_F(X509IssuerTest, LeafHasTheSvidExtensionsAndNoPowersOfACa) {
  const X509Ptr leaf = Issue();
  EXPECT_EQ(UriSansOf(leaf.get()), std::vector<std::string>{kId});
  EXPECT_TRUE(IsCritical(leaf.get(), NID_basic_constraints));
  EXPECT_TRUE(IsCritical(leaf.get(), NID_key_usage));
  EXPECT_EQ(X509_get_key_usage(leaf.get()), uint32_t{KU_DIGITAL_SIGNATURE});
  EXPECT_EQ(X509_get_extended_key_usage(leaf.get()),
            uint32_t{XKU_SSL_SERVER | XKU_SSL_CLIENT});
  EXPECT_EQ(X509_check_ca(leaf.get()), 0);
  EXPECT_NE(X509_get0_subject_key_id(leaf.get()), nullptr);
  EXPECT_NE(X509_get0_authority_key_id(leaf.get()), nullptr);
  EXPECT_EQ(X509_get_version(leaf.get()), X509_VERSION_3);
  EXPECT_EQ(X509_get_signature_nid(leaf.get()), NID_ecdsa_with_SHA256);
}

TEST_F(X509IssuerTest, BundleIsACaOfPathLengthZeroNamedByItsTrustDomain) {
  EXPECT_THAT(issuer_->bundle_pem(), StartsWith("-----BEGIN CERTIFICATE-----"));
  const X509Ptr ca = ParseCertificate(issuer_->bundle_pem());
  ASSERT_NE(ca, nullptr);
  EXPECT_EQ(X509_check_ca(ca.get()), 1);
  EXPECT_EQ(X509_get_pathlen(ca.get()), 0);
  EXPECT_TRUE(IsCritical(ca.get(), NID_basic_constraints));
  EXPECT_TRUE(IsCritical(ca.get(), NID_key_usage));
  EXPECT_EQ(X509_get_key_usage(ca.get()),
            uint32_t{KU_KEY_CERT_SIGN | KU_CRL_SIGN});
  EXPECT_EQ(UriSansOf(ca.get()),
            std::vector<std::string>{"spiffe://demo.panvault.test"});
}

TEST_F(X509IssuerTest, KeyIsPkcs8P256AndBelongsToItsCertificate) {
  auto svid = issuer_->IssueSvid(kId, kLeafValidity);
  ASSERT_THAT(svid, IsOk());
  const auto bytes = svid->private_key_pem.ExposeSecret();
  EXPECT_THAT(
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
      StartsWith("-----BEGIN PRIVATE KEY-----"));
  const PkeyPtr key = ParseKey(svid->private_key_pem);
  ASSERT_NE(key, nullptr);
  char group[64] = {};
  size_t group_size = 0;
  ASSERT_EQ(
      EVP_PKEY_get_group_name(key.get(), group, sizeof(group), &group_size), 1);
  EXPECT_STREQ(group, "prime256v1");
  const X509Ptr leaf = ParseCertificate(svid->certificate_pem);
  EXPECT_EQ(X509_check_private_key(leaf.get(), key.get()), 1);
  EXPECT_THAT(svid->certificate_pem, Not(HasSubstr("PRIVATE")));
}

TEST_F(X509IssuerTest, IdIsWrittenAsGivenWhenItIsMalformed) {
  const std::string with_nul("spiffe://demo.panvault.test/a\0b", 31);
  for (const std::string& id :
       {with_nul, std::string("spiffe://demo.panvault.test/../x%2fy"),
        std::string("a,URI:b\n"), std::string("https://elsewhere.test/"),
        std::string(2100, 'x')}) {
    const X509Ptr leaf = Issue(id);
    ASSERT_NE(leaf, nullptr) << id;
    EXPECT_EQ(UriSansOf(leaf.get()), std::vector<std::string>{id});
  }
}

TEST_F(X509IssuerTest, SerialsDifferEveryTime) {
  std::set<std::string> serials;
  for (int i = 0; i < 50; ++i) serials.insert(SerialOf(Issue().get()));
  EXPECT_EQ(serials.size(), 50u);
}

TEST_F(X509IssuerTest, ThreadsShareOneIssuer) {
  std::vector<std::thread> threads;
  std::vector<std::string> pems(4);
  for (std::string& pem : pems) {
    threads.emplace_back([this, &pem] {
      auto svid = issuer_->IssueSvid(kId, kLeafValidity);
      if (svid.ok()) pem = svid->certificate_pem;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& pem : pems) {
    const X509Ptr leaf = ParseCertificate(pem);
    ASSERT_NE(leaf, nullptr);
    EXPECT_EQ(VerifyAt(leaf.get(), issuer_->bundle_pem(), kNow,
                       X509_PURPOSE_SSL_CLIENT),
              X509_V_OK);
  }
}

TEST_F(X509IssuerTest, BadArgumentsAreRefused) {
  EXPECT_THAT(X509Issuer::Create("", kCaValidity),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(X509Issuer::Create(std::string(256, 'a'), kCaValidity),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(X509Issuer::Create("a.test", Validity{kNow, kNow}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(issuer_->IssueSvid(kId, Validity{kNow, kNow - 1}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(issuer_->IssueSvid(std::string(4097, 'a'), kLeafValidity),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(X509IssuerTest, DnsNameStandsBesideTheOneUri) {
  const auto svid =
      issuer_->IssueSvid(kId, kLeafValidity, "vault.demo.panvault.test");
  ASSERT_THAT(svid, IsOk());
  const X509Ptr leaf = ParseCertificate(svid->certificate_pem);
  EXPECT_EQ(
      X509_check_host(leaf.get(), "vault.demo.panvault.test", 0, 0, nullptr),
      1);
  EXPECT_EQ(
      X509_check_host(leaf.get(), "other.demo.panvault.test", 0, 0, nullptr),
      0);
  EXPECT_EQ(
      X509_check_host(Issue().get(), "vault.demo.panvault.test", 0, 0, nullptr),
      0);
  EXPECT_THAT(issuer_->IssueSvid(kId, kLeafValidity, std::string(254, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::crypto
