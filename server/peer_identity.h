// Who is at the other end: the SPIFFE ID of the connection's client certificate
// (SPIFFE X509-SVID section 5), whose chain the handshake has verified.
//
// Looks at what gRPC says about the certificate, not at its extensions: the
// rules on CA flags and key usage, and trust domains with CAs of their own, are
// not checked here.

#ifndef PANVAULT_SERVER_PEER_IDENTITY_H_
#define PANVAULT_SERVER_PEER_IDENTITY_H_

#include "absl/status/statusor.h"
#include "grpcpp/security/auth_context.h"
#include "server/spiffe_id.h"

namespace panvault::server {

// SVID_INVALID unless the connection is TLS with a client certificate that has
// exactly one URI name, and that is a SPIFFE ID of a workload. Also for a
// resumed session, in which no certificate was verified. Thread-safe.
absl::StatusOr<SpiffeId> PeerIdentity(const grpc::AuthContext& auth);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_PEER_IDENTITY_H_
