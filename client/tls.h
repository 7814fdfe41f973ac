// The client's end of mutual TLS: its X509-SVID, the bundle it trusts, and the
// one server identity that it accepts.
//
// A chain to the bundle is not enough: every workload of the trust domain has
// one. The server's certificate must also have exactly one URI SAN, byte for
// byte the expected SPIFFE ID (SPIFFE X509-SVID sections 2 and 5). Host names
// are not looked at. The TLS version is the server's choice, 1.3 with
// panvaultd.
//
// gRPC's TLS classes are experimental and change between releases; they are
// used in this file's .cc only.

#ifndef PANVAULT_CLIENT_TLS_H_
#define PANVAULT_CLIENT_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/credentials.h"

namespace panvault::client {

// All PEM. Replace them by rename(2): they are read again about once a second,
// and new connections use what was read last.
struct TlsFiles {
  std::string svid_file = {};    // Leaf first, then intermediates.
  std::string key_file = {};     // PKCS#8.
  std::string bundle_file = {};  // The trust domain's CA certificates.
};

// Errors: kInvalidArgument for a server ID that is not a SPIFFE ID;
// kFailedPrecondition for a file that cannot be read or is empty, by its path.
// What the files hold is checked by each handshake, not here.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeTlsCredentials(
    const TlsFiles& files, const std::string& server_spiffe_id);

// OK if the first certificate of `certificate_pem` is that of
// `server_spiffe_id`; else kPermissionDenied. Does not look at its signature.
absl::Status CheckServerIdentity(absl::string_view certificate_pem,
                                 absl::string_view server_spiffe_id);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_TLS_H_
