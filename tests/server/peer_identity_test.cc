// What this shows: only a TLS connection whose certificate has one URI name,
// and that a workload's SPIFFE ID, says who is at the other end.

#include "server/peer_identity.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "grpc/grpc_security_constants.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

// What gRPC would say about a connection.
class FakeAuthContext final : public grpc::AuthContext {
 public:
  using Properties = std::multimap<std::string, std::string>;
  explicit FakeAuthContext(Properties properties)
      : properties_(std::move(properties)) {}

  bool IsPeerAuthenticated() const override { return !properties_.empty(); }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(
      const std::string& name) const override {
    std::vector<grpc::string_ref> values;
    const auto [begin, end] = properties_.equal_range(name);
    for (auto it = begin; it != end; ++it) values.emplace_back(it->second);
    return values;
  }
  grpc::AuthPropertyIterator begin() const override { return NoProperty(); }
  grpc::AuthPropertyIterator end() const override { return NoProperty(); }
  void AddProperty(const std::string& key,
                   const grpc::string_ref& value) override {
    properties_.emplace(key, std::string(value.data(), value.size()));
  }
  bool SetPeerIdentityPropertyName(const std::string& /*name*/) override {
    return false;
  }

 private:
  struct NoProperty : grpc::AuthPropertyIterator {};

  std::multimap<std::string, std::string> properties_;
};

constexpr char kId[] = "spiffe://example.org/payment-api";

// What gRPC 1.51 says of a full handshake with a certificate of these names.
FakeAuthContext Connection(const std::vector<std::string>& uris) {
  std::multimap<std::string, std::string> properties = {
      {GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME, "ssl"},
      {GRPC_SSL_SESSION_REUSED_PROPERTY, "false"},
      {GRPC_X509_CN_PROPERTY_NAME, "payment-api"}};
  for (const std::string& uri : uris) {
    properties.emplace(GRPC_PEER_URI_PROPERTY_NAME, uri);
    properties.emplace(GRPC_X509_SAN_PROPERTY_NAME, uri);
  }
  if (uris.size() == 1) {
    properties.emplace(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME, uris[0]);
  }
  return FakeAuthContext(std::move(properties));
}

// What it says of one without TLS.
FakeAuthContext Nothing() {
  return FakeAuthContext(std::multimap<std::string, std::string>());
}

void ExpectInvalid(const FakeAuthContext& connection, absl::string_view what) {
  const auto id = PeerIdentity(connection);
  ASSERT_FALSE(id.ok()) << what;
  EXPECT_EQ(id.status().code(), absl::StatusCode::kUnauthenticated) << what;
  EXPECT_EQ(vault::FactsOf(id.status()).reason, vault::Reason::kSvidInvalid)
      << what;
}

TEST(PeerIdentity, IsTheOneUriName) {
  const auto id = PeerIdentity(Connection({kId}));
  ASSERT_THAT(id, IsOk());
  EXPECT_EQ(id->text(), kId);
}

TEST(PeerIdentity, IsMissingWithoutACertificate) {
  ExpectInvalid(Nothing(), "no TLS");
  FakeAuthContext without = Nothing();
  without.AddProperty(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME, "ssl");
  ExpectInvalid(without, "no certificate");
}

TEST(PeerIdentity, IsMissingWithoutAUriName) {
  ExpectInvalid(Connection({}), "other names only");
  // Nothing else will do, though it says the same.
  FakeAuthContext others = Connection({});
  for (const char* name :
       {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_EMAIL_PROPERTY_NAME,
        GRPC_PEER_SPIFFE_ID_PROPERTY_NAME, GRPC_X509_SAN_PROPERTY_NAME,
        GRPC_X509_CN_PROPERTY_NAME, GRPC_X509_SUBJECT_PROPERTY_NAME}) {
    others.AddProperty(name, kId);
  }
  ExpectInvalid(others, "a SPIFFE ID where none belongs");
}

TEST(PeerIdentity, IsRefusedWithSeveralUriNames) {
  ExpectInvalid(Connection({kId, "spiffe://example.org/other"}), "two IDs");
  ExpectInvalid(Connection({kId, kId}), "twice the same");
  ExpectInvalid(Connection({kId, "https://example.org"}), "ID first");
  ExpectInvalid(Connection({"https://example.org", kId}), "ID last");
}

TEST(PeerIdentity, IsRefusedUnlessTheNameIsAWorkloadsId) {
  const std::string bad[] = {
      "",
      "https://example.org/payment-api",
      "spiffe://example.org",
      "spiffe://example.org/",
      "spiffe:///payment-api",
      "SPIFFE://example.org/payment-api",
      "spiffe://EXAMPLE.org/payment-api",
      "spiffe://example.org/payment-api/",
      "spiffe://example.org//payment-api",
      "spiffe://example.org/../payment-api",
      "spiffe://example.org/payment-api?x=1",
      "spiffe://example.org/payment-api#x",
      "spiffe://user@example.org/payment-api",
      "spiffe://example.org:443/payment-api",
      "spiffe://example.org/payment%2dapi",
      std::string("spiffe://example.org/payment-api\0", 33),
      "spiffe://example.org/payment-api\n",
      "spiffe://example.org/" + std::string(3000, 'x')};
  for (const std::string& uri : bad) {
    ExpectInvalid(Connection({uri}), uri);
  }
}

TEST(PeerIdentity, IsNotQuotedWhenItIsRefused) {
  const auto id = PeerIdentity(Connection({"https://4111111111111111"}));
  ASSERT_FALSE(id.ok());
  EXPECT_THAT(id.status().ToString(), Not(HasSubstr("4111")));
}

TEST(PeerIdentity, IsRefusedWhenTheSessionWasResumed) {
  for (const std::string reused : {"true", "", "FALSE", "1", "falsetto"}) {
    FakeAuthContext connection = Connection({kId});
    connection.AddProperty(GRPC_SSL_SESSION_REUSED_PROPERTY, reused);
    ExpectInvalid(connection, reused);
  }
}

}  // namespace
}  // namespace panvault::server
