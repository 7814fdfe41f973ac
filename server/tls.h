// The server's end of mutual TLS: version, session and certificate settings.
//
// TLS 1.3 only (RFC 8446), a client certificate is required and verified
// against the trust bundle, and there are no session tickets: every connection
// proves its identity anew. Which identities may do what is not decided here.
//
// gRPC 1.51 has no setting for the TLS version or tickets, so both are set for
// the whole process, in OpenSSL's configuration.

#ifndef PANVAULT_SERVER_TLS_H_
#define PANVAULT_SERVER_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/secret_bytes.h"
#include "server/config.h"
#include "server/spiffe_id.h"
#include "server/svid_check.h"

namespace panvault::server {

// From now on no TLS connection of this process, in either direction, is older
// than 1.3 or resumed; also those to PostgreSQL. Call it before the first TLS
// object is made, and before threads start. kInternal if OpenSSL refuses.
absl::Status RequireTls13();

// What a listener with mutual TLS needs. Whoever has the key is this server.
struct ServerTls {
  SpiffeId id;           // Our own.
  absl::Time not_after;  // Of our own certificate.
  std::string svid_pem;
  crypto::SecretBytes key_pem;
  // Of our own trust domain and of those that the files add.
  std::shared_ptr<const TrustBundles> bundles;
  // All of them in one text, for the handshake's own verification, which is the
  // weaker one: it does not ask which CA speaks for whom.
  std::string roots_pem;
};

// Reads the files once and checks them together: kFailedPrecondition, naming
// the file, unless the certificates parse, the key is that of the first one,
// that is an X509-SVID by the rules that callers' are held to (svid_check.h),
// valid at `now`, and chains to the bundle. Also the errors of ReadFile and
// ReadKeyFile.
absl::StatusOr<ServerTls> LoadServerTls(const TlsFiles& files, absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TLS_H_
