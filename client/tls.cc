#include "client/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/status.h"

namespace panvault::client {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kRefreshSeconds = 1;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Free<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;

absl::string_view ViewOf(const ASN1_IA5STRING* text) {
  return absl::string_view(
      reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
      static_cast<size_t>(ASN1_STRING_length(text)));
}

// Runs after the chain was verified, on gRPC's thread of the connection.
class ServerIdentityVerifier final : public tls::ExternalCertificateVerifier {
 public:
  explicit ServerIdentityVerifier(std::string server_spiffe_id)
      : server_spiffe_id_(std::move(server_spiffe_id)) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/,
              grpc::Status* sync_status) override {
    const grpc::string_ref pem = request->peer_cert();
    const absl::Status identity = CheckServerIdentity(
        absl::string_view(pem.data(), pem.size()), server_spiffe_id_);
    if (!identity.ok()) {
      *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                  std::string(identity.message()));
    }
    return true;
  }

  void Cancel(tls::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const std::string server_spiffe_id_;
};

absl::Status CheckReadable(const std::string& path, absl::string_view what) {
  if (path.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("no ", what, " given"));
  }
  std::ifstream file(path);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the ", what, " cannot be read or is empty: ", path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckServerIdentity(absl::string_view certificate_pem,
                                 absl::string_view server_spiffe_id) {
  const BioPtr bio(BIO_new_mem_buf(certificate_pem.data(),
                                   static_cast<int>(certificate_pem.size())));
  const X509Ptr certificate(
      bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (certificate == nullptr) {
    ERR_clear_error();
    return absl::PermissionDeniedError(
        "the server's certificate is unreadable");
  }
  // From the ASN.1: gRPC's uri_names() end at an embedded NUL.
  const NamesPtr names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
      certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  int uris = 0;
  bool matches = false;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get());
       ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    ++uris;
    matches = ViewOf(name->d.uniformResourceIdentifier) == server_spiffe_id;
  }
  ERR_clear_error();
  if (uris != 1) {
    return absl::PermissionDeniedError(
        absl::StrCat("the server's certificate has ", uris,
                     " URI names; an X509-SVID has one"));
  }
  if (!matches) {
    return absl::PermissionDeniedError(
        absl::StrCat("the server is not ", server_spiffe_id));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeTlsCredentials(
    const TlsFiles& files, const std::string& server_spiffe_id) {
  if (!absl::StartsWith(server_spiffe_id, "spiffe://")) {
    return absl::InvalidArgumentError(
        "the server's ID is a SPIFFE ID, spiffe://<trust domain>/<path>");
  }
  for (const auto& [path, what] :
       {std::pair(&files.svid_file, "X509-SVID file"),
        std::pair(&files.key_file, "private key file"),
        std::pair(&files.bundle_file, "trust bundle file")}) {
    if (absl::Status status = CheckReadable(*path, what); !status.ok()) {
      return status;
    }
  }
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<tls::FileWatcherCertificateProvider>(
          files.key_file, files.svid_file, files.bundle_file, kRefreshSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      tls::ExternalCertificateVerifier::Create<ServerIdentityVerifier>(
          server_spiffe_id));
  std::shared_ptr<grpc::ChannelCredentials> credentials =
      tls::TlsCredentials(options);
  if (credentials == nullptr) {
    return absl::InternalError("gRPC refused the TLS options");
  }
  return credentials;
}

}  // namespace panvault::client
