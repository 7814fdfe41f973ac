// What this shows: a certificate with any rule of an X509-SVID broken, alone or
// together with another, of either key type, at either depth, is refused; and
// no CA speaks for a trust domain that is not its own.

#include "server/svid_check.h"

#include <random>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Broken;
using ::panvault::testing::CaSpec;
using ::panvault::testing::CertificateSpec;
using ::panvault::testing::IsOk;
using ::panvault::testing::KeyType;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;
using ::testing::HasSubstr;
using ::testing::Not;

crypto::Certificate Read(const Made& made) {
  return crypto::Certificate::FromDer(made.Der()).value();
}

class SvidCheck : public ::testing::Test {
 protected:
  SvidCheck() {
    bundles_.emplace("fake.test",
                     crypto::TrustAnchors::Create({Read(root_)}).value());
    bundles_.emplace("ally.test",
                     crypto::TrustAnchors::Create({Read(ally_)}).value());
  }

  // Of a leaf signed by the root, or by a CA under it that is shown.
  absl::StatusOr<PeerSvid> Check(
      const CertificateSpec& spec, bool through_middle = false,
      crypto::PeerRole role = crypto::PeerRole::kClient) {
    const Made leaf = MakeCertificate(spec, through_middle ? &middle_ : &root_);
    if (!through_middle) {
      return CheckSvid(Read(leaf), {}, bundles_, role, absl::Now());
    }
    return CheckSvid(Read(leaf), {Read(middle_)}, bundles_, role, absl::Now());
  }

  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
  const Made middle_ = MakeCertificate(CaSpec("middle"), &root_);
  const Made ally_ = MakeCertificate(CaSpec("ally", "ally.test"), nullptr);
  TrustBundles bundles_;
};

CertificateSpec GoodSpec(KeyType key) {
  CertificateSpec spec;
  spec.key = key;
  return spec;
}

TEST_F(SvidCheck, AcceptsTwentyGoodOnes) {
  size_t accepted = 0;
  for (const KeyType key : {KeyType::kP256, KeyType::kRsa2048}) {
    for (const bool through_middle : {false, true}) {
      std::vector<CertificateSpec> good(5, GoodSpec(key));
      good[1].extended_key_usage.reset();
      good[2].extended_key_usage = {{"clientAuth"}};
      good[3].dns_names = {"payment.shop.svc"};
      good[4].ca.reset();
      for (const CertificateSpec& spec : good) {
        const auto svid = Check(spec, through_middle);
        ASSERT_THAT(svid, IsOk());
        EXPECT_EQ(svid->id.text(), spec.uris[0]);
        EXPECT_GT(svid->not_after, absl::Now());
        EXPECT_FALSE(svid->serial.empty());
        ++accepted;
      }
    }
  }
  EXPECT_EQ(accepted, 20u);
}

void ExpectRefused(const absl::StatusOr<PeerSvid>& svid,
                   const std::string& rule) {
  ASSERT_FALSE(svid.ok()) << rule;
  EXPECT_EQ(svid.status().code(), absl::StatusCode::kUnauthenticated) << rule;
  const auto reason = vault::FactsOf(svid.status()).reason;
  EXPECT_TRUE(reason == vault::Reason::kSvidInvalid ||
              reason == vault::Reason::kSvidExpired)
      << rule;
  // No value of the certificate is in the message.
  EXPECT_THAT(std::string(svid.status().message()), Not(HasSubstr("fake.test")))
      << rule;
}

TEST_F(SvidCheck, RefusesEveryBrokenRule) {
  size_t refused = 0;
  for (const KeyType key : {KeyType::kP256, KeyType::kRsa2048}) {
    for (const bool through_middle : {false, true}) {
      for (const Broken& broken : testing::BrokenLeaves(GoodSpec(key))) {
        ExpectRefused(Check(broken.spec, through_middle), broken.rule);
        ++refused;
      }
    }
  }
  EXPECT_GE(refused, 140u);
}

TEST_F(SvidCheck, RefusesEveryTwoBrokenRules) {
  const auto twice = testing::LeavesBrokenTwice(GoodSpec(KeyType::kP256));
  EXPECT_GE(twice.size(), 300u);
  for (const Broken& broken : twice) {
    ExpectRefused(Check(broken.spec), broken.rule);
  }
}

// Every position of the chain: the CA between leaf and root.
TEST_F(SvidCheck, RefusesAChainThroughABrokenCa) {
  for (const Broken& broken : testing::BrokenLeaves(CaSpec("middle"))) {
    // What breaks a leaf's name or role does not break a CA.
    if (!broken.spec.ca.value_or(false) || broken.spec.key_usage != 0x06 ||
        broken.rule == "CA flag" || broken.rule == "path length" ||
        broken.spec.uris != CaSpec("").uris ||
        broken.rule == "key usage not critical" || broken.rule == "no path" ||
        broken.rule == "not yet valid") {
      continue;
    }
    const Made middle = MakeCertificate(broken.spec, &root_);
    const Made leaf = MakeCertificate({}, &middle);
    ExpectRefused(CheckSvid(Read(leaf), {Read(middle)}, bundles_,
                            crypto::PeerRole::kClient, absl::Now()),
                  broken.rule);
  }
  // A leaf as a CA.
  const Made leaf = MakeCertificate({}, &root_);
  CertificateSpec forged;
  forged.uris = {"spiffe://fake.test/ns/shop/sa/admin"};
  ExpectRefused(CheckSvid(Read(MakeCertificate(forged, &leaf)), {Read(leaf)},
                          bundles_, crypto::PeerRole::kClient, absl::Now()),
                "signed by a leaf");
}

TEST_F(SvidCheck, LetsNoTrustDomainSpeakForAnother) {
  CertificateSpec ally;
  ally.uris = {"spiffe://ally.test/ns/a/sa/b"};
  EXPECT_THAT(CheckSvid(Read(MakeCertificate(ally, &ally_)), {}, bundles_,
                        crypto::PeerRole::kClient, absl::Now()),
              IsOk());
  // The same name from the other's CA, both ways round.
  ExpectRefused(Check(ally), "ally's name, our CA");
  ExpectRefused(CheckSvid(Read(MakeCertificate({}, &ally_)), {}, bundles_,
                          crypto::PeerRole::kClient, absl::Now()),
                "our name, ally's CA");
  // Nor with the other's root shown as an intermediate.
  ExpectRefused(CheckSvid(Read(MakeCertificate({}, &ally_)), {Read(ally_)},
                          bundles_, crypto::PeerRole::kClient, absl::Now()),
                "our name, ally's CA shown");
}

TEST_F(SvidCheck, TellsExpiryFromTheRest) {
  CertificateSpec expired;
  expired.ends = -1;
  EXPECT_EQ(vault::FactsOf(Check(expired).status()).reason,
            vault::Reason::kSvidExpired);
  CertificateSpec early;
  early.begins = 120;
  EXPECT_EQ(vault::FactsOf(Check(early).status()).reason,
            vault::Reason::kSvidExpired);
  early.begins = 30;
  EXPECT_THAT(Check(early), IsOk());
}

TEST_F(SvidCheck, HoldsServersToTheirRole) {
  CertificateSpec client;
  client.extended_key_usage = {{"clientAuth"}};
  ExpectRefused(Check(client, false, crypto::PeerRole::kServer), "client only");
  CertificateSpec server;
  server.extended_key_usage = {{"serverAuth"}};
  EXPECT_THAT(Check(server, false, crypto::PeerRole::kServer), IsOk());
}

// 5,000; 100,000 with PANVAULT_SOAK=1.
TEST_F(SvidCheck, AcceptsNoMutatedLeaf) {
  const int mutations = getenv("PANVAULT_SOAK") == nullptr ? 5'000 : 100'000;
  std::mt19937_64 rng(20261126);
  const std::vector<uint8_t> good = MakeCertificate({}, &root_).Der();
  for (int i = 0; i < mutations; ++i) {
    std::vector<uint8_t> der = good;
    const size_t changes = 1 + rng() % 3;
    for (size_t k = 0; k < changes; ++k) {
      der[rng() % der.size()] ^= static_cast<uint8_t>(1 + rng() % 255);
    }
    if (der == good) continue;
    const auto leaf = crypto::Certificate::FromDer(der);
    if (!leaf.ok()) continue;
    EXPECT_FALSE(
        CheckSvid(*leaf, {}, bundles_, crypto::PeerRole::kClient, absl::Now())
            .ok())
        << i;
  }
}

}  // namespace
}  // namespace panvault::server
