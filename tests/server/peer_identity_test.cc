// What this shows: who is at the other end is said by the certificate of a TLS
// connection alone, whatever else gRPC says of it.

#include "server/peer_identity.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpc/grpc_security_constants.h"
#include "gtest/gtest.h"
#include "server/svid_verifier.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::CaSpec;
using ::panvault::testing::IsOk;
using ::panvault::testing::Made;
using ::panvault::testing::MakeCertificate;
using ::testing::HasSubstr;
using ::testing::Not;

// What gRPC would say about a connection.
using Properties = std::multimap<std::string, std::string>;

constexpr char kId[] = "spiffe://fake.test/ns/shop/sa/payment";

class PeerIdentityTest : public ::testing::Test {
 protected:
  // What gRPC 1.51 says of a full handshake with `leaf`.
  static Properties Connection(const Made& leaf) {
    return Properties(
        {{GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME, "ssl"},
         {GRPC_SSL_SESSION_REUSED_PROPERTY, "false"},
         {GRPC_X509_PEM_CERT_PROPERTY_NAME, leaf.Pem()},
         {GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME, ""},
         // It fills these in for names that are no SPIFFE IDs, too.
         {GRPC_PEER_URI_PROPERTY_NAME, kId},
         {GRPC_PEER_SPIFFE_ID_PROPERTY_NAME, kId}});
  }

  absl::StatusOr<std::shared_ptr<const PeerSvid>> Identify(
      const Properties& connection) {
    CertificateProperties certificates;
    for (const auto& [name, value] : connection) certificates.See(name, value);
    const auto shown = certificates.Result();
    if (!shown.ok()) return shown.status();
    return svids_.Identify(shown->leaf_pem, shown->chain_pem, absl::Now());
  }

  void ExpectInvalid(const Properties& connection, absl::string_view what) {
    const auto svid = Identify(connection);
    ASSERT_FALSE(svid.ok()) << what;
    EXPECT_EQ(vault::FactsOf(svid.status()).reason, vault::Reason::kSvidInvalid)
        << what;
  }

  const Made root_ = MakeCertificate(CaSpec("root"), nullptr);
  SvidVerifier svids_{std::make_shared<const TrustBundles>(TrustBundles{
      {"fake.test", crypto::TrustAnchors::Create(
                        {crypto::Certificate::FromDer(root_.Der()).value()})
                        .value()}})};
};

TEST_F(PeerIdentityTest, IsThatOfTheCertificate) {
  const auto svid = Identify(Connection(MakeCertificate({}, &root_)));
  ASSERT_THAT(svid, IsOk());
  EXPECT_EQ((*svid)->id.text(), kId);
}

TEST_F(PeerIdentityTest, IsMissingWithoutACertificate) {
  ExpectInvalid(Properties(), "no TLS");
  // Names alone will not do.
  ExpectInvalid(Properties({{GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME, "ssl"},
                            {GRPC_PEER_URI_PROPERTY_NAME, kId},
                            {GRPC_PEER_SPIFFE_ID_PROPERTY_NAME, kId}}),
                "no certificate");
}

TEST_F(PeerIdentityTest, IsMissingWithTwoCertificates) {
  Properties two = Connection(MakeCertificate({}, &root_));
  two.emplace(GRPC_X509_PEM_CERT_PROPERTY_NAME,
              MakeCertificate({}, &root_).Pem());
  ExpectInvalid(two, "two leaves");
  Properties chains = Connection(MakeCertificate({}, &root_));
  chains.emplace(GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME, "");
  ExpectInvalid(chains, "two chains");
}

// Whatever gRPC says the peer's URI is.
TEST_F(PeerIdentityTest, IsRefusedUnlessTheCertificateIsASvid) {
  for (const auto& broken : testing::BrokenLeaves({})) {
    const auto svid =
        Identify(Connection(MakeCertificate(broken.spec, &root_)));
    EXPECT_EQ(svid.status().code(), absl::StatusCode::kUnauthenticated)
        << broken.rule;
  }
  const Made stranger = MakeCertificate(CaSpec("root"), nullptr);
  ExpectInvalid(Connection(MakeCertificate({}, &stranger)), "another CA");
}

TEST_F(PeerIdentityTest, IsNotQuotedWhenItIsRefused) {
  testing::CertificateSpec spec;
  spec.uris = {"https://4111111111111111"};
  const auto svid = Identify(Connection(MakeCertificate(spec, &root_)));
  ASSERT_FALSE(svid.ok());
  EXPECT_THAT(svid.status().ToString(), Not(HasSubstr("4111")));
}

TEST_F(PeerIdentityTest, IsRefusedWhenTheSessionWasResumed) {
  for (const std::string reused : {"true", "", "FALSE", "1", "falsetto"}) {
    Properties connection = Connection(MakeCertificate({}, &root_));
    connection.emplace(GRPC_SSL_SESSION_REUSED_PROPERTY, reused);
    ExpectInvalid(connection, reused);
  }
}

}  // namespace
}  // namespace panvault::server
