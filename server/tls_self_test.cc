#include "server/tls_self_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "crypto/tls_probe.h"
#include "crypto/x509_issuer.h"
#include "server/file_descriptor.h"

namespace panvault::server {
namespace {

// A server in the same process answers within milliseconds.
constexpr timeval kPatience = {.tv_sec = 5, .tv_usec = 0};

absl::Status Failed(absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("the test of our own TLS failed: the server ", what));
}

absl::StatusOr<crypto::TlsFindings> Probe(
    const std::function<void(int fd)>& hand_over,
    const crypto::TlsProbe& probe) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a pair of sockets");
  }
  const FileDescriptor ours(ends[0]);
  setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(ours.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  // As accepted ones are.
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  hand_over(ends[1]);
  return crypto::ProbeTls(ours.get(), probe);
}

absl::Status TestOldVersion(const std::function<void(int fd)>& hand_over) {
  const auto seen = Probe(hand_over, {.tls12_only = true});
  if (!seen.ok()) return seen.status();
  return seen->handshake ? Failed("speaks TLS 1.2") : absl::OkStatus();
}

absl::Status TestNoCertificate(const std::function<void(int fd)>& hand_over) {
  const auto seen = Probe(hand_over, {});
  if (!seen.ok()) return seen.status();
  if (!seen->handshake || seen->version != "TLSv1.3") {
    return Failed(absl::StrCat("does not speak TLS 1.3: ", seen->why));
  }
  if (seen->cipher != "TLS_AES_256_GCM_SHA384" &&
      seen->cipher != "TLS_AES_128_GCM_SHA256" &&
      seen->cipher != "TLS_CHACHA20_POLY1305_SHA256") {
    return Failed("uses a cipher suite that was not chosen");
  }
  if (!seen->http2) return Failed("does not speak HTTP/2");
  if (seen->session_tickets != 0) return Failed("gives out session tickets");
  if (seen->accepted) return Failed("serves clients without a certificate");
  return absl::OkStatus();
}

absl::Status TestStranger(const std::function<void(int fd)>& hand_over) {
  const int64_t now_s = absl::ToUnixSeconds(absl::Now());
  const crypto::Validity validity{now_s - 60, now_s + 60};
  const auto issuer = crypto::X509Issuer::Create("nobody.invalid", validity);
  if (!issuer.ok()) return issuer.status();
  const auto svid =
      issuer->IssueSvid("spiffe://nobody.invalid/self-test", validity);
  if (!svid.ok()) return svid.status();
  const auto seen =
      Probe(hand_over, {.certificates_pem = svid->certificate_pem,
                        .private_key_pem = &svid->private_key_pem});
  if (!seen.ok()) return seen.status();
  return seen->accepted ? Failed("serves certificates of any CA")
                        : absl::OkStatus();
}

}  // namespace

absl::Status TestOwnTls(const std::function<void(int fd)>& hand_over) {
  for (const auto test : {TestOldVersion, TestNoCertificate, TestStranger}) {
    if (absl::Status status = test(hand_over); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace panvault::server
