// What this shows: the server speaks TLS 1.3 with verified client certificates
// and nothing else, resumes no session, and refuses to start on files that do
// not belong together.

#include "server/tls.h"

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;

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
  static TlsFiles ServerFiles(const client::TlsFiles& files) {
    return {files.svid_file, files.key_file, files.bundle_file};
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

TEST_F(TlsTest, LoadsFilesThatBelongTogether) {
  const auto tls = LoadServerTls(ServerFiles(identity_), absl::Now());
  ASSERT_THAT(tls, testing::IsOk());
  EXPECT_EQ(tls->id.text(), kPaymentId);
  EXPECT_GT(tls->not_after, absl::Now());
  EXPECT_LT(tls->not_after, absl::Now() + absl::Hours(2));
}

// LoadServerTls refuses the identity once `change` was made to its files, and
// names the file.
void ExpectRefused(const TlsFiles& files, const std::string& culprit,
                   const std::string& why) {
  const auto tls = LoadServerTls(files, absl::Now());
  ASSERT_FALSE(tls.ok());
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr(culprit));
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr(why));
}

TEST_F(TlsTest, RefusesAKeyOfAnotherCertificate) {
  TlsFiles files = ServerFiles(identity_);
  files.key_file = Identity(vault_.authority(), "second").key_file;
  ExpectRefused(files, files.key_file, "not the key of");
}

TEST_F(TlsTest, RefusesACertificateOfAnotherAuthority) {
  const client::TestAuthority other;
  TlsFiles files = ServerFiles(identity_);
  files.bundle_file = Identity(other, "other").bundle_file;
  ExpectRefused(files, files.svid_file, "issuer");
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
  const auto tls =
      LoadServerTls(ServerFiles(identity_), absl::Now() + absl::Hours(3));
  ASSERT_FALSE(tls.ok());
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr("expired"));
}

TEST_F(TlsTest, RefusesGarbageAndTornFiles) {
  const TlsFiles files = ServerFiles(identity_);
  for (const std::string& content :
       {std::string(), std::string("garbage"),
        std::string("-----BEGIN CERTIFICATE-----\nMIIB\n")}) {
    client::WriteFile(files.bundle_file, content);
    ExpectRefused(files, files.bundle_file, "certificates");
  }
}

TEST_F(TlsTest, RefusesAnIdThatIsNoWorkload) {
  const std::string folder = vault_.folder() / "rootless";
  std::filesystem::create_directory(folder);
  const client::TlsFiles written =
      vault_.authority().WriteIdentity(folder, "spiffe://fake.test");
  std::filesystem::permissions(written.key_file,
                               std::filesystem::perms::owner_read);
  ExpectRefused(ServerFiles(written), written.svid_file,
                "not the SPIFFE ID of a workload");
}

TEST_F(TlsTest, RefusesAKeyThatOthersMayRead) {
  std::filesystem::permissions(identity_.key_file,
                               std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const TlsFiles files = ServerFiles(identity_);
  ExpectRefused(files, files.key_file, "");
}

}  // namespace
}  // namespace panvault::server
