// What this shows: the server speaks TLS 1.3 with verified client certificates
// and nothing else, resumes no session, and refuses to start on files that do
// not belong together.

#include "server/tls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/test_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;

// A TLS client of the test's own, without gRPC.
struct Attempt {
  int version_max = TLS1_3_VERSION;
  const client::TlsFiles* identity = nullptr;  // Null: no certificate.
};

struct Outcome {
  bool connected = false;  // The handshake completed, and data came back.
  std::string version;
  int tickets = 0;
};

int CountTicket(SSL* ssl, SSL_SESSION* /*session*/) {
  ++*static_cast<int*>(SSL_get_app_data(ssl));
  return 0;
}

int Connect(const std::string& address) {
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

Outcome TryHandshake(const std::string& address, const Attempt& attempt) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
      SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // The process-wide settings of RequireTls13 bind this client, too: undo them.
  SSL_CTX_clear_options(context.get(), SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TICKET);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), attempt.version_max);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  SSL_CTX_sess_set_new_cb(context.get(), CountTicket);
  if (attempt.identity != nullptr) {
    SSL_CTX_use_certificate_chain_file(context.get(),
                                       attempt.identity->svid_file.c_str());
    SSL_CTX_use_PrivateKey_file(
        context.get(), attempt.identity->key_file.c_str(), SSL_FILETYPE_PEM);
  }
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()),
                                                      SSL_free);
  Outcome outcome;
  SSL_set_app_data(ssl.get(), &outcome.tickets);
  constexpr unsigned char kH2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl.get(), kH2, sizeof kH2);
  const int fd = Connect(address);
  SSL_set_fd(ssl.get(), fd);
  // Under TLS 1.3 the client is done before the server has judged its
  // certificate: only the server's first bytes (HTTP/2 SETTINGS) tell.
  char byte = 0;
  if (SSL_connect(ssl.get()) == 1) {
    outcome.connected = SSL_read(ssl.get(), &byte, 1) == 1;
    outcome.version = SSL_get_version(ssl.get());
  }
  ERR_clear_error();
  close(fd);
  return outcome;
}

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
  const Outcome outcome =
      TryHandshake(vault_.server().address(), {.identity = &identity_});
  EXPECT_TRUE(outcome.connected);
  EXPECT_EQ(outcome.version, "TLSv1.3");
}

TEST_F(TlsTest, GivesOutNoSessionTickets) {
  EXPECT_EQ(
      TryHandshake(vault_.server().address(), {.identity = &identity_}).tickets,
      0);
}

TEST_F(TlsTest, RefusesTls12) {
  const Outcome outcome =
      TryHandshake(vault_.server().address(),
                   {.version_max = TLS1_2_VERSION, .identity = &identity_});
  EXPECT_FALSE(outcome.connected);
  EXPECT_EQ(outcome.version, "");
}

TEST_F(TlsTest, RefusesAClientWithoutCertificate) {
  EXPECT_FALSE(TryHandshake(vault_.server().address(), {}).connected);
}

TEST_F(TlsTest, RefusesAnotherAuthority) {
  const client::TestAuthority other;
  const client::TlsFiles identity = Identity(other, "other");
  EXPECT_FALSE(TryHandshake(vault_.server().address(), {.identity = &identity})
                   .connected);
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
  ExpectRefused(ServerFiles(written), written.svid_file, "not a SPIFFE ID");
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
