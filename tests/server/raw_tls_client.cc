#include "tests/server/raw_tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

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
  // A server that closes at once is an outcome, not the end of the test.
  signal(SIGPIPE, SIG_IGN);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

std::string SerialOf(SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> x509(
      SSL_get1_peer_certificate(ssl), X509_free);
  if (x509 == nullptr) return {};
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(x509.get());
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
      static_cast<size_t>(ASN1_STRING_length(serial))));
}

}  // namespace

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
    outcome.serial = SerialOf(ssl.get());
  }
  ERR_clear_error();
  close(fd);
  return outcome;
}

}  // namespace panvault::server
