// Who is at the other end: the X509-SVID of the connection's client
// certificate, looked at anew for every call.
//
// Goes by the certificate that gRPC hands over, never by what gRPC makes of it:
// its peer_spiffe_id is filled in for names that are no SPIFFE IDs, and its
// peer_uri says nothing about who signed.

#ifndef PANVAULT_SERVER_PEER_IDENTITY_H_
#define PANVAULT_SERVER_PEER_IDENTITY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/security/auth_context.h"
#include "server/svid_verifier.h"

namespace panvault::server {

// What the client of a connection shows; as long as the context lives.
struct ShownCertificates {
  absl::string_view leaf_pem;
  absl::string_view chain_pem;
};

// SVID_INVALID unless the connection is TLS with one client certificate, and
// for a resumed session, in which no certificate was verified. Thread-safe.
absl::StatusOr<ShownCertificates> CertificatesOf(const grpc::AuthContext& auth);

// Also the errors of SvidVerifier::Identify. Thread-safe.
absl::StatusOr<std::shared_ptr<const PeerSvid>> PeerIdentity(
    const grpc::AuthContext& auth, SvidVerifier& svids, absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_PEER_IDENTITY_H_
