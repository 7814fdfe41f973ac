#include "server/peer_identity.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc/grpc_security_constants.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

absl::Status SvidInvalid(absl::string_view why) {
  return vault::MakeError({.reason = vault::Reason::kSvidInvalid}, why);
}

absl::string_view ViewOf(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

}  // namespace

absl::StatusOr<SpiffeId> PeerIdentity(const grpc::AuthContext& auth) {
  for (const grpc::string_ref& reused :
       auth.FindPropertyValues(GRPC_SSL_SESSION_REUSED_PROPERTY)) {
    if (ViewOf(reused) != "false") {
      return SvidInvalid("a resumed TLS session carries no verified identity");
    }
  }
  // Not peer_spiffe_id, which gRPC leaves out as soon as anything else is there
  // too: several URI names must be refused, not overlooked.
  const std::vector<grpc::string_ref> uris =
      auth.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1) {
    return SvidInvalid(
        "an X509-SVID has exactly one URI name, and this connection's client "
        "certificate has none or several");
  }
  absl::StatusOr<SpiffeId> id = SpiffeId::Parse(ViewOf(uris[0]));
  if (!id.ok()) {
    return SvidInvalid(
        "the URI name of the client certificate is not the SPIFFE ID of a "
        "workload");
  }
  return id;
}

}  // namespace panvault::server
