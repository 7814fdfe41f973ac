// The server's end of mutual TLS: version, session and certificate settings.
//
// TLS 1.3 only (RFC 8446), a client certificate is required and verified
// against the trust bundle, and there are no session tickets: every connection
// proves its identity anew. Which identities may do what is not decided here.
//
// gRPC 1.51 has no setting for the TLS version or tickets, so both are set for
// the whole process, in OpenSSL's configuration. gRPC's own TLS classes are
// experimental and change between releases; they are used in this file's .cc
// only.

#ifndef PANVAULT_SERVER_TLS_H_
#define PANVAULT_SERVER_TLS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "server/config.h"
#include "server/spiffe_id.h"

namespace panvault::server {

// From now on no TLS connection of this process, in either direction, is older
// than 1.3 or resumed; also those to PostgreSQL. Call it before the first TLS
// object is made, and before threads start. kInternal if OpenSSL refuses.
absl::Status RequireTls13();

struct ServerTls {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  SpiffeId id;           // Our own.
  absl::Time not_after;  // Of our own certificate.
};

// Reads the files once and checks them together: kFailedPrecondition, naming
// the file, unless the certificates parse, the key is that of the first one,
// it names one SPIFFE ID, it is valid at `now` and chains to the bundle. Also
// the errors of ReadFile and ReadKeyFile.
absl::StatusOr<ServerTls> LoadServerTls(const TlsFiles& files, absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TLS_H_
