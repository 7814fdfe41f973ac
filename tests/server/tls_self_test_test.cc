// What this shows: the server's test of its own TLS passes for the server as it
// is, and names what is wrong with one that is not.

#include "server/tls_self_test.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/file_descriptor.h"
#include "server/tls.h"
#include "tests/client/test_authority.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

int ChooseH2(SSL* /*ssl*/, const unsigned char** out, unsigned char* size,
             const unsigned char* in, unsigned int in_size, void* /*arg*/) {
  static constexpr unsigned char kH2[] = {2, 'h', '2'};
  return SSL_select_next_proto(const_cast<unsigned char**>(out), size, kH2,
                               sizeof kH2, in,
                               in_size) == OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

// Turns clients away, however good they are, unless told otherwise.
struct Habits {
  bool tls12 = false;
  bool tls13 = true;
  bool http2 = true;
  bool tickets = false;
  bool serves_without_certificate = false;
  bool serves_any_certificate = false;
};

// A TLS server of the test's own, with habits.
class Server final {
 public:
  explicit Server(const Habits& habits) : habits_(habits) {
    static const absl::Status tls13 = RequireTls13();
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_clear_options(context_.get(), SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TICKET);
    SSL_CTX_set_min_proto_version(
        context_.get(), habits.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(
        context_.get(), habits.tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_num_tickets(context_.get(), habits.tickets ? 2 : 0);
    if (habits.http2) {
      SSL_CTX_set_alpn_select_cb(context_.get(), ChooseH2, nullptr);
    }
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER,
                       [](int, X509_STORE_CTX*) { return 1; });
    const client::TlsFiles files =
        authority_.WriteIdentity(folder_.path(), client::kServerId);
    SSL_CTX_use_certificate_chain_file(context_.get(), files.svid_file.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), files.key_file.c_str(),
                                SSL_FILETYPE_PEM);
  }
  ~Server() {
    for (std::thread& thread : threads_) thread.join();
  }

  void Take(int fd) {
    threads_.emplace_back([this, fd] { Serve(FileDescriptor(fd)); });
  }

 private:
  void Serve(const FileDescriptor& fd) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()),
                                                        SSL_free);
    // Blocking again: the test hands over what an acceptor would.
    fcntl(fd.get(), F_SETFL, 0);
    SSL_set_fd(ssl.get(), fd.get());
    if (SSL_accept(ssl.get()) == 1) {
      const bool shown = SSL_get0_peer_certificate(ssl.get()) != nullptr;
      if (shown ? habits_.serves_any_certificate
                : habits_.serves_without_certificate) {
        SSL_write(ssl.get(), "x", 1);
      }
    }
    ERR_clear_error();
  }

  const Habits habits_;
  client::TempDir folder_;
  const client::TestAuthority authority_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr,
                                                             SSL_CTX_free};
  std::vector<std::thread> threads_;
};

absl::Status Judge(const Habits& habits) {
  Server server(habits);
  return TestOwnTls([&server](int fd) { server.Take(fd); });
}

TEST(TlsSelfTest, PassesForAServerThatTurnsAllAway) {
  EXPECT_THAT(Judge({}), testing::IsOk());
}

TEST(TlsSelfTest, NamesWhatIsWrong) {
  const struct {
    Habits habits;
    const char* finding;
  } cases[] = {
      {{.tls12 = true}, "speaks TLS 1.2"},
      {{.http2 = false}, "does not speak HTTP/2"},
      {{.tickets = true}, "gives out session tickets"},
      {{.serves_without_certificate = true},
       "serves clients without a certificate"},
      {{.serves_any_certificate = true}, "serves certificates of any CA"},
  };
  for (const auto& [habits, finding] : cases) {
    const absl::Status status = Judge(habits);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()), HasSubstr(finding));
  }
}

TEST(TlsSelfTest, NamesAServerThatDoesNotAnswer) {
  const absl::Status status = TestOwnTls([](int fd) { close(fd); });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("does not speak TLS 1.3"));
}

}  // namespace
}  // namespace panvault::server
