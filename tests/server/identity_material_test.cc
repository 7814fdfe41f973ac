// What this shows: what does not belong together is no identity, whatever
// source it comes from, and the message names the source and nothing of the
// content.

#include "server/identity_material.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "crypto/secret_bytes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::CertificateSpec;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;
using ::testing::HasSubstr;

class IdentityMaterialTest : public ::testing::Test {
 protected:
  static crypto::Certificate Parsed(const Made& made) {
    return crypto::Certificate::FromDer(made.Der()).value();
  }
  IdentityMaterial MaterialOf(const Made& leaf) const {
    IdentityMaterial material;
    material.svid_source = "the svid";
    material.key_source = "the key";
    material.chain = {Parsed(leaf)};
    const std::string pem = leaf.KeyPem();
    material.key_pem = crypto::SecretBytes::CopyOf(
        {reinterpret_cast<const uint8_t*>(pem.data()), pem.size()});
    material.bundle = {"the bundle", "", {Parsed(root_)}};
    return material;
  }
  static void ExpectRefused(IdentityMaterial material, const std::string& why) {
    const auto tls = ValidateIdentity(std::move(material), absl::Now());
    ASSERT_THAT(tls, testing::StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(tls.status().message()), HasSubstr(why));
    EXPECT_THAT(std::string(tls.status().message()),
                ::testing::Not(HasSubstr("fake.test")));
  }

  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
  const Made leaf_ = MakeCertificate({}, &root_);
};

TEST_F(IdentityMaterialTest, GoodIsAnIdentity) {
  const Made middle = MakeCertificate(CaSpec("middle"), &root_);
  const Made leaf = MakeCertificate({}, &middle);
  IdentityMaterial material = MaterialOf(leaf);
  material.chain.push_back(Parsed(middle));
  ASSERT_OK_AND_ASSIGN(const ServerTls tls,
                       ValidateIdentity(std::move(material), absl::Now()));
  EXPECT_EQ(tls.id.text(), CertificateSpec().uris.front());
  EXPECT_EQ(tls.serial, Parsed(leaf).facts().serial);
  EXPECT_EQ(tls.svid_pem, leaf.Pem() + middle.Pem());
  EXPECT_EQ(tls.roots_pem, root_.Pem());
  EXPECT_EQ(tls.bundles->count("fake.test"), 1u);
  EXPECT_EQ(tls.anchor_count(), 1u);
}

TEST_F(IdentityMaterialTest, EachRuleOfAnSvidHolds) {
  for (const auto& broken : testing::BrokenLeaves({})) {
    // Those two are rules for callers.
    if (broken.rule == "foreign trust domain" || broken.rule == "server only") {
      continue;
    }
    SCOPED_TRACE(broken.rule);
    const Made leaf = MakeCertificate(broken.spec, &root_);
    ExpectRefused(MaterialOf(leaf), "the svid: ");
  }
}

TEST_F(IdentityMaterialTest, CallersCertificateIsNoServers) {
  CertificateSpec spec;
  spec.extended_key_usage = {"clientAuth"};
  ExpectRefused(MaterialOf(MakeCertificate(spec, &root_)), "the svid: ");
}

TEST_F(IdentityMaterialTest, NothingIsRefused) {
  IdentityMaterial material = MaterialOf(leaf_);
  material.chain.clear();
  ExpectRefused(std::move(material), "the svid: no certificate");
  material = MaterialOf(leaf_);
  material.key_pem = {};
  ExpectRefused(std::move(material), "the key: ");
  material = MaterialOf(leaf_);
  material.bundle.anchors.clear();
  ExpectRefused(std::move(material), "the bundle: ");
}

TEST_F(IdentityMaterialTest, AnotherKeyIsRefused) {
  CertificateSpec rsa;
  rsa.key = testing::KeyType::kRsa2048;
  IdentityMaterial material = MaterialOf(MakeCertificate(rsa, &root_));
  material.chain = {Parsed(leaf_)};
  ExpectRefused(std::move(material), "the key: not the key of the svid");
}

TEST_F(IdentityMaterialTest, BundleIsOfOurOwnTrustDomainAndComesOnce) {
  const Made stranger = MakeCertificate(CaSpec("root"), nullptr);
  IdentityMaterial material = MaterialOf(leaf_);
  material.bundle.anchors = {Parsed(stranger)};
  ExpectRefused(std::move(material), "the svid: no path");
  // A neighbour's CA does not speak for us.
  material = MaterialOf(leaf_);
  material.bundle.anchors = {Parsed(stranger)};
  material.federated = {{"other", "other.test", {Parsed(root_)}}};
  ExpectRefused(std::move(material), "the svid: no path");
  material = MaterialOf(leaf_);
  material.federated = {{"other", "fake.test", {Parsed(stranger)}}};
  ExpectRefused(std::move(material), "other: a second bundle");
  material = MaterialOf(leaf_);
  material.federated = {{"other", "other.test", {Parsed(leaf_)}}};
  ExpectRefused(std::move(material), "other: ");
}

}  // namespace
}  // namespace panvault::server
