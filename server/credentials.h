// gRPC's credentials for the server's end of mutual TLS.
//
// gRPC 1.51's TLS classes are experimental and change between releases; they
// are used in this file's .cc only. The handshake verifies that some root has
// signed the client's certificate; all else about it is for `check`.

#ifndef PANVAULT_SERVER_CREDENTIALS_H_
#define PANVAULT_SERVER_CREDENTIALS_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/server_credentials.h"
#include "server/live_identity.h"

namespace panvault::server {

// Called in a gRPC thread once a client has proved that it has the key of
// `leaf_pem`; `chain_pem` is what it sent besides. Its connection is closed
// unless this is OK. Called from several threads at once; lives as long as the
// credentials.
using HandshakeCheck = std::function<absl::Status(absl::string_view leaf_pem,
                                                  absl::string_view chain_pem)>;

// Every handshake shows the identity that is in force in `identity`, which must
// outlive the credentials and the server; while there is none, it fails.
// kInternal if gRPC refuses.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> NewServerCredentials(
    const LiveIdentity& identity, HandshakeCheck check);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CREDENTIALS_H_
