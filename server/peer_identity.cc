#include "server/peer_identity.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc/grpc_security_constants.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

constexpr char kLeaf[] = GRPC_X509_PEM_CERT_PROPERTY_NAME;
constexpr char kChain[] = GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME;

absl::Status SvidInvalid(absl::string_view why) {
  return vault::MakeError({.reason = vault::Reason::kSvidInvalid}, why);
}

absl::string_view ViewOf(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

}  // namespace

absl::StatusOr<ShownCertificates> CertificatesOf(
    const grpc::AuthContext& auth) {
  for (const grpc::string_ref& reused :
       auth.FindPropertyValues(GRPC_SSL_SESSION_REUSED_PROPERTY)) {
    if (ViewOf(reused) != "false") {
      return SvidInvalid("a resumed TLS session carries no verified identity");
    }
  }
  const std::vector<grpc::string_ref> leaf = auth.FindPropertyValues(kLeaf);
  if (leaf.size() != 1) {
    return SvidInvalid("the connection has no client certificate");
  }
  const std::vector<grpc::string_ref> chain = auth.FindPropertyValues(kChain);
  if (chain.size() > 1) {
    return SvidInvalid("the connection has more than one certificate chain");
  }
  return ShownCertificates{
      ViewOf(leaf[0]), chain.empty() ? absl::string_view() : ViewOf(chain[0])};
}

absl::StatusOr<std::shared_ptr<const PeerSvid>> PeerIdentity(
    const grpc::AuthContext& auth, SvidVerifier& svids, absl::Time now) {
  const auto shown = CertificatesOf(auth);
  if (!shown.ok()) return shown.status();
  return svids.Identify(shown->leaf_pem, shown->chain_pem, now);
}

}  // namespace panvault::server
