#include "server/credentials.h"

#include <memory>
#include <utility>

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
  Verifier(const LiveIdentity& identity, HandshakeCheck check)
      : identity_(identity), check_(std::move(check)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/,
              grpc::Status* sync_status) override {
    const bool accepted =
        // gRPC may not have noticed yet that there is none any more.
        identity_.facts().has_value() &&
        check_(ViewOf(request->peer_cert()),
               ViewOf(request->peer_cert_full_chain()))
            .ok();
    // The peer does not see this text; gRPC may log it.
    *sync_status = accepted ? grpc::Status::OK
                            : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                           "the client certificate is refused");
    return true;  // Done, in this thread.
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const LiveIdentity& identity_;
  const HandshakeCheck check_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> NewServerCredentials(
    const LiveIdentity& identity, HandshakeCheck check) {
  // gRPC keeps copies of the key of its own; nobody wipes those. One path for
  // key and chain: gRPC reads it twice, and again if it changed in between.
  tls::TlsServerCredentialsOptions options(
      std::make_shared<tls::FileWatcherCertificateProvider>(
          identity.identity_path(), identity.identity_path(),
          identity.roots_path(),
          static_cast<unsigned>(absl::ToInt64Seconds(kIdentityRefresh))));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<Verifier>(identity,
                                                         std::move(check)));
  std::shared_ptr<grpc::ServerCredentials> credentials =
      tls::TlsServerCredentials(options);
  if (credentials == nullptr) {
    return absl::InternalError("gRPC refused the TLS options");
  }
  return credentials;
}

}  // namespace panvault::server
