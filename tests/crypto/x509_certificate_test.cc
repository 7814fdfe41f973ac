// What this shows: certificates are read whole or not at all, their facts are
// those that were written, and bytes of any kind are refused without a crash.

#include "crypto/x509_certificate.h"

#include <ctime>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::CertificateSpec;
using ::panvault::testing::IsOk;
using ::panvault::testing::KeyType;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;
using ::testing::ElementsAre;

class CertificateTest : public ::testing::Test {
 protected:
  CertificateFacts FactsOf(const CertificateSpec& spec) {
    const auto read = Certificate::FromDer(MakeCertificate(spec, &ca_).Der());
    EXPECT_THAT(read, IsOk());
    return read.ok() ? read->facts() : CertificateFacts();
  }

  const Made ca_ = MakeCertificate(CaSpec("root"), nullptr);
};

TEST_F(CertificateTest, TellsTheFactsOfALeaf) {
  for (const KeyType key : {KeyType::kP256, KeyType::kRsa2048}) {
    CertificateSpec spec;
    spec.key = key;
    spec.dns_names = {"payment.shop.svc"};
    const time_t now = time(nullptr);
    const CertificateFacts facts = FactsOf(spec);
    EXPECT_THAT(facts.uris,
                ElementsAre("spiffe://fake.test/ns/shop/sa/payment"));
    EXPECT_TRUE(facts.extensions_valid);
    EXPECT_FALSE(facts.is_ca);
    EXPECT_FALSE(facts.has_path_length);
    EXPECT_TRUE(facts.has_key_usage);
    EXPECT_TRUE(facts.key_usage_critical);
    EXPECT_TRUE(facts.digital_signature);
    EXPECT_FALSE(facts.key_cert_sign);
    EXPECT_FALSE(facts.crl_sign);
    EXPECT_TRUE(facts.has_extended_key_usage);
    EXPECT_TRUE(facts.client_auth);
    EXPECT_TRUE(facts.server_auth);
    EXPECT_NEAR(static_cast<double>(facts.not_before_s),
                static_cast<double>(now - 3'600), 5);
    EXPECT_NEAR(static_cast<double>(facts.not_after_s),
                static_cast<double>(now + 3'600), 5);
    EXPECT_EQ(facts.serial.size(), 4u);
  }
}

TEST_F(CertificateTest, TellsTheFactsOfACa) {
  const auto read = Certificate::FromDer(ca_.Der());
  ASSERT_THAT(read, IsOk());
  EXPECT_TRUE(read->facts().is_ca);
  EXPECT_TRUE(read->facts().key_cert_sign);
  EXPECT_TRUE(read->facts().crl_sign);
  EXPECT_FALSE(read->facts().digital_signature);
  EXPECT_FALSE(read->facts().has_extended_key_usage);
}

TEST_F(CertificateTest, TellsOfAPathLengthWithAndWithoutTheCaFlag) {
  for (const bool ca : {false, true}) {
    CertificateSpec spec;
    spec.ca = ca;
    spec.path_length = 0;
    const CertificateFacts facts = FactsOf(spec);
    EXPECT_TRUE(facts.has_path_length);
    EXPECT_EQ(facts.is_ca, ca);
  }
}

TEST_F(CertificateTest, KeepsTheBytesOfAUri) {
  CertificateSpec spec;
  const std::string odd("spiffe://fake.test/a\0b\xff", 22);
  spec.uris = {odd, "urn:x"};
  EXPECT_THAT(FactsOf(spec).uris, ElementsAre(odd, "urn:x"));
}

TEST_F(CertificateTest, TellsThatExtensionsAreInvalid) {
  CertificateSpec unknown;
  unknown.unknown_critical_extension = true;
  EXPECT_FALSE(FactsOf(unknown).extensions_valid);
  CertificateSpec twice;
  twice.key_usage_twice = true;
  EXPECT_FALSE(FactsOf(twice).extensions_valid);
}

TEST_F(CertificateTest, IsReadWholeAndWithNothingAfterIt) {
  const std::vector<uint8_t> der = MakeCertificate({}, &ca_).Der();
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(
        Certificate::FromDer(absl::MakeConstSpan(der).first(size)).ok())
        << size;
  }
  std::vector<uint8_t> longer = der;
  longer.push_back(0);
  EXPECT_FALSE(Certificate::FromDer(longer).ok());
}

TEST_F(CertificateTest, ReadsSeveralFromDerAndPem) {
  std::vector<uint8_t> der = MakeCertificate({}, &ca_).Der();
  const std::vector<uint8_t> second = ca_.Der();
  der.insert(der.end(), second.begin(), second.end());
  const auto both = Certificate::ManyFromDer(der);
  ASSERT_THAT(both, IsOk());
  ASSERT_EQ(both->size(), 2u);
  EXPECT_FALSE(Certificate::ManyFromDer(der, 1).ok());
  EXPECT_FALSE(Certificate::ManyFromDer({}).ok());

  const std::string pem =
      absl::StrCat("a note\n", (*both)[0].ToPem(), "\n", ca_.Pem());
  const auto read = Certificate::ManyFromPem(pem);
  ASSERT_THAT(read, IsOk());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].der(), (*both)[0].der());
  EXPECT_EQ((*read)[1].der(), absl::MakeConstSpan(second));
  EXPECT_EQ((*read)[1].ToPem(), ca_.Pem());
  EXPECT_FALSE(Certificate::ManyFromPem(pem, 1).ok());
}

TEST_F(CertificateTest, RefusesWhatIsNoPem) {
  const std::string pem = ca_.Pem();
  for (const std::string& bad : {std::string(), std::string("nothing here"),
                                 ca_.KeyPem(), pem.substr(0, pem.size() - 20),
                                 std::string("-----BEGIN CERTIFICATE-----\n!\n"
                                             "-----END CERTIFICATE-----\n"),
                                 std::string("-----BEGIN CERTIFICATE-----\n"
                                             "-----END CERTIFICATE-----\n")}) {
    EXPECT_FALSE(Certificate::ManyFromPem(bad).ok()) << bad;
  }
}

TEST_F(CertificateTest, SurvivesMutations) {
  std::mt19937_64 rng(20261125);
  const std::vector<uint8_t> good = MakeCertificate({}, &ca_).Der();
  size_t read = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::vector<uint8_t> der = good;
    const size_t changes = 1 + rng() % 4;
    for (size_t k = 0; k < changes; ++k) {
      der[rng() % der.size()] = static_cast<uint8_t>(rng());
    }
    if (rng() % 8 == 0) der.resize(rng() % der.size());
    read += Certificate::FromDer(der).ok() ? 1 : 0;
  }
  // Many changes leave it readable; that is no error here.
  EXPECT_GT(read, 100u);
  EXPECT_LT(read, 4'900u);
}

}  // namespace
}  // namespace panvault::crypto
