// A TLS client (RFC 8446) that looks at what the other end does, and uses
// nothing of it: for a server's test of itself, and for finding out what is
// wrong with a connection.
//
// Trusts whoever answers: checking what it saw is the caller's business.

#ifndef PANVAULT_CRYPTO_TLS_PROBE_H_
#define PANVAULT_CRYPTO_TLS_PROBE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/secret_bytes.h"
#include "crypto/x509_certificate.h"

namespace panvault::crypto {

struct TlsProbe {
  // Offers TLS 1.2 and nothing newer.
  bool tls12_only = false;
  // Shown if asked for, as they are; PEM, leaf first. Empty: no certificate.
  absl::string_view certificates_pem = {};
  const SecretBytes* private_key_pem = nullptr;
};

struct TlsFindings {
  // At this end. Under TLS 1.3 the other end has not looked at our certificate
  // by then.
  bool handshake = false;
  // A byte came after the handshake: with HTTP/2, which begins with one, the
  // other end has accepted us.
  bool accepted = false;
  std::string version;             // "TLSv1.3"
  std::string cipher;              // "TLS_AES_256_GCM_SHA384"
  bool http2 = false;              // Agreed on by ALPN (RFC 7301).
  int session_tickets = 0;         // Received up to the first byte or the end.
  std::vector<Certificate> shown;  // By the other end, leaf first.
  // Why it ended, in OpenSSL's words, which have no data; or empty.
  std::string why;
};

// Over the connected socket `fd`, borrowed and blocking, which has its timeouts
// set. kInvalidArgument if the certificates and key are not of each other.
// Thread-safe.
absl::StatusOr<TlsFindings> ProbeTls(int fd, const TlsProbe& probe);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_TLS_PROBE_H_
