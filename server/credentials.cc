#include "server/credentials.h"

#include <string>
#include <utility>
#include <vector>

#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace panvault::server {
namespace {

namespace tls = grpc::experimental;

absl::string_view ViewOf(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

class Verifier final : public tls::ExternalCertificateVerifier {
 public:
  explicit Verifier(HandshakeCheck check) : check_(std::move(check)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/,
              grpc::Status* sync_status) override {
    const absl::Status status = check_(ViewOf(request->peer_cert()),
                                       ViewOf(request->peer_cert_full_chain()));
    // The peer does not see this text; gRPC may log it.
    *sync_status = status.ok()
                       ? grpc::Status::OK
                       : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                      "the client certificate is refused");
    return true;  // Done, in this thread.
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const HandshakeCheck check_;
};

absl::string_view TextOf(const crypto::SecretBytes& secret) {
  const absl::Span<const uint8_t> bytes = secret.ExposeSecret();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> NewServerCredentials(
    const ServerTls& loaded, HandshakeCheck check) {
  // gRPC keeps copies of the key of its own; nobody wipes those.
  tls::IdentityKeyCertPair pair;
  pair.private_key = std::string(TextOf(loaded.key_pem));
  pair.certificate_chain = loaded.svid_pem;
  tls::TlsServerCredentialsOptions options(
      std::make_shared<tls::StaticDataCertificateProvider>(
          loaded.roots_pem,
          std::vector<tls::IdentityKeyCertPair>{std::move(pair)}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<Verifier>(std::move(check)));
  std::shared_ptr<grpc::ServerCredentials> credentials =
      tls::TlsServerCredentials(options);
  if (credentials == nullptr) {
    return absl::InternalError("gRPC refused the TLS options");
  }
  return credentials;
}

}  // namespace panvault::server
