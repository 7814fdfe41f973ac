// What is at the other end: the connection's client certificate, looked at anew
// for every call; whose it is, SvidVerifier says.
//
// Goes by the certificate that gRPC hands over, never by what gRPC makes of it:
// its peer_spiffe_id is filled in for names that are no SPIFFE IDs, and its
// peer_uri says nothing about who signed.

#ifndef PANVAULT_SERVER_PEER_IDENTITY_H_
#define PANVAULT_SERVER_PEER_IDENTITY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"

namespace panvault::server {

// What the client of a connection shows; as long as what it was read from
// lives.
struct ShownCertificates {
  absl::string_view leaf_pem;
  absl::string_view chain_pem;
};

// Picks those out of what gRPC says of a connection. Not thread-safe.
class CertificateProperties final {
 public:
  // One of gRPC's properties; `value` lives as long as the result is used.
  void See(absl::string_view name, absl::string_view value);

  // SVID_INVALID unless it is TLS with one client certificate, and for a
  // resumed session, in which no certificate was verified.
  absl::StatusOr<ShownCertificates> Result() const;

 private:
  ShownCertificates shown_;
  int leaves_ = 0;
  int chains_ = 0;
  bool resumed_ = false;
};

// As CertificateProperties has it, of the connection that a call came on, which
// is what each call pays. Calls with the same `context` must not overlap.
absl::StatusOr<ShownCertificates> CertificatesOf(
    grpc::ServerContextBase& context);

// The same, where there is no call yet. Thread-safe.
absl::StatusOr<ShownCertificates> CertificatesOf(const grpc::AuthContext& auth);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_PEER_IDENTITY_H_
