#include "server/peer_identity.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc/grpc_security.h"
#include "grpc/grpc_security_constants.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

constexpr absl::string_view kLeaf = GRPC_X509_PEM_CERT_PROPERTY_NAME;
constexpr absl::string_view kChain = GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME;
constexpr absl::string_view kReused = GRPC_SSL_SESSION_REUSED_PROPERTY;

absl::Status SvidInvalid(absl::string_view why) {
  return vault::MakeError({.reason = vault::Reason::kSvidInvalid}, why);
}

absl::string_view ViewOf(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

}  // namespace

void CertificateProperties::See(absl::string_view name,
                                absl::string_view value) {
  if (name == kLeaf) {
    ++leaves_;
    shown_.leaf_pem = value;
  } else if (name == kChain) {
    ++chains_;
    shown_.chain_pem = value;
  } else if (name == kReused) {
    resumed_ = resumed_ || value != "false";
  }
}

absl::StatusOr<ShownCertificates> CertificateProperties::Result() const {
  if (resumed_) {
    return SvidInvalid("a resumed TLS session carries no verified identity");
  }
  if (leaves_ != 1) {
    return SvidInvalid("the connection has no client certificate");
  }
  if (chains_ > 1) {
    return SvidInvalid("the connection has more than one certificate chain");
  }
  return shown_;
}

absl::StatusOr<ShownCertificates> CertificatesOf(
    grpc::ServerContextBase& context) {
  // By gRPC's core: its C++ makes an object for each call and steps through the
  // properties at twice the price (bench/README.md).
  grpc_auth_context* const auth = grpc_call_auth_context(context.c_call());
  CertificateProperties properties;
  grpc_auth_property_iterator it = grpc_auth_context_property_iterator(auth);
  while (const grpc_auth_property* const property =
             grpc_auth_property_iterator_next(&it)) {
    properties.See(property->name, {property->value, property->value_length});
  }
  // The call has a share of its own, for as long as it lives.
  grpc_auth_context_release(auth);
  return properties.Result();
}

absl::StatusOr<ShownCertificates> CertificatesOf(
    const grpc::AuthContext& auth) {
  CertificateProperties properties;
  const grpc::AuthPropertyIterator end = auth.end();
  for (grpc::AuthPropertyIterator it = auth.begin(); it != end; ++it) {
    const grpc::AuthProperty property = *it;
    properties.See(ViewOf(property.first), ViewOf(property.second));
  }
  return properties.Result();
}

}  // namespace panvault::server
