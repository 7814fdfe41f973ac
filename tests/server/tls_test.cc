// What this shows: the server speaks TLS 1.3 with verified client certificates
// and nothing else, and resumes no session.

#include "server/tls.h"

#include <openssl/ssl.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"

namespace panvault::server {
namespace {

class TlsTest : public ::testing::Test {
 protected:
  client::TlsFiles Identity(const client::TestAuthority& authority,
                            const std::string& name) {
    const std::string folder = vault_.folder() / name;
    std::filesystem::create_directory(folder);
    client::TlsFiles files = authority.WriteIdentity(folder, kPaymentId);
    std::filesystem::permissions(files.key_file,
                                 std::filesystem::perms::owner_read);
    return files;
  }

  TestVault vault_;
  const client::TlsFiles identity_ = Identity(vault_.authority(), "own");
};

TEST_F(TlsTest, ServesTls13WithAClientCertificate) {
  const crypto::TlsFindings outcome =
      TryHandshake(vault_.server().address(), &identity_);
  EXPECT_TRUE(outcome.accepted);
  EXPECT_EQ(outcome.version, "TLSv1.3");
}

TEST_F(TlsTest, GivesOutNoSessionTickets) {
  EXPECT_EQ(TryHandshake(vault_.server().address(), &identity_).session_tickets,
            0);
}

TEST_F(TlsTest, RefusesTls12) {
  const crypto::TlsFindings outcome =
      TryHandshake(vault_.server().address(), &identity_, /*tls12_only=*/true);
  EXPECT_FALSE(outcome.accepted);
  EXPECT_EQ(outcome.version, "");
}

TEST_F(TlsTest, RefusesAClientWithoutCertificate) {
  EXPECT_FALSE(TryHandshake(vault_.server().address(), nullptr).accepted);
}

TEST_F(TlsTest, RefusesAnotherAuthority) {
  const client::TestAuthority other;
  const client::TlsFiles identity = Identity(other, "other");
  EXPECT_FALSE(TryHandshake(vault_.server().address(), &identity).accepted);
}

}  // namespace
}  // namespace panvault::server
