#include "tests/server/raw_tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "server/file_descriptor.h"
#include "vault/read_file.h"

namespace panvault::server {
namespace {

FileDescriptor Connect(const std::string& address) {
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  to.sin_port = htons(static_cast<uint16_t>(port));
  FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = {.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return fd;
}

}  // namespace

crypto::TlsFindings TryHandshake(const std::string& address,
                                 const client::TlsFiles* identity,
                                 bool tls12_only) {
  crypto::TlsProbe probe;
  probe.tls12_only = tls12_only;
  std::string svid;
  crypto::SecretBytes key;
  if (identity != nullptr) {
    svid = vault::ReadFile(identity->svid_file).value();
    const std::string text = vault::ReadFile(identity->key_file).value();
    key = crypto::SecretBytes::CopyOf(
        {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    probe.certificates_pem = svid;
    probe.private_key_pem = &key;
  }
  const auto findings = crypto::ProbeTls(Connect(address).get(), probe);
  EXPECT_TRUE(findings.ok()) << findings.status();
  return *findings;
}

std::string SerialOf(const crypto::TlsFindings& findings) {
  return findings.shown.empty() ? "" : findings.shown.front().facts().serial;
}

}  // namespace panvault::server
