#include "server/tls.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/secret_bytes.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "server/read_file.h"

namespace panvault::server {
namespace {

namespace tls = grpc::experimental;

// The suites are one of each kind that RFC 8446 section 9.1 says to have; AES
// first, since every server of ours has it in hardware.
// "-SessionTicket" alone still sends tickets, which then name sessions in the
// server's cache; NumTickets ends that.
constexpr char kOpenSslConfig[] = R"(openssl_conf = panvault
[panvault]
ssl_conf = ssl
[ssl]
system_default = everything
[everything]
MinProtocol = TLSv1.3
Protocol = -TLSv1.2
Options = -SessionTicket
NumTickets = 0
Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256
)";

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Free<BIO_free>>;
using ConfPtr = std::unique_ptr<CONF, Free<NCONF_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;

absl::Status FileError(const std::string& path, absl::string_view what) {
  ERR_clear_error();
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", what));
}

BioPtr BioOf(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Every certificate of a PEM file, in order; at least one.
absl::StatusOr<std::vector<X509Ptr>> ReadCertificates(const std::string& path,
                                                      absl::string_view pem) {
  const BioPtr bio = BioOf(pem);
  std::vector<X509Ptr> certificates;
  while (X509* const certificate =
             PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  const unsigned long error = ERR_peek_last_error();
  if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE || certificates.empty()) {
    return FileError(path, "not a PEM file of certificates");
  }
  ERR_clear_error();
  return certificates;
}

// Never asks for a passphrase.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*write*/, void* /*u*/) {
  return -1;
}

absl::StatusOr<SpiffeId> OwnId(const std::string& path, X509* leaf) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<absl::string_view> uris;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get());
       ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* const uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  if (uris.size() != 1) {
    return FileError(path, "an X509-SVID has exactly one URI name");
  }
  absl::StatusOr<SpiffeId> id = SpiffeId::Parse(uris[0]);
  if (!id.ok()) return FileError(path, id.status().message());
  return id;
}

absl::Time NotAfter(const X509* certificate) {
  tm time = {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time);
  return absl::FromTM(time, absl::UTCTimeZone());
}

// OK if chain[0], through the rest of `chain`, ends at one of `bundle`.
absl::Status CheckChain(const std::string& path,
                        const std::vector<X509Ptr>& chain,
                        const std::vector<X509Ptr>& bundle, absl::Time now) {
  const StorePtr store(X509_STORE_new());
  for (const X509Ptr& root : bundle)
    X509_STORE_add_cert(store.get(), root.get());
  STACK_OF(X509)* const intermediates = sk_X509_new_null();
  for (size_t i = 1; i < chain.size(); ++i) {
    sk_X509_push(intermediates, chain[i].get());
  }
  const StoreCtxPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain[0].get(),
                      intermediates);
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  const bool verified = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  sk_X509_free(intermediates);
  if (verified) return absl::OkStatus();
  return FileError(path, X509_verify_cert_error_string(error));
}

struct LoadedFiles {
  std::string svid_pem;
  crypto::SecretBytes key_pem;
  std::string bundle_pem;
};

absl::StatusOr<LoadedFiles> ReadFiles(const TlsFiles& files) {
  absl::StatusOr<std::string> svid = ReadFile(files.svid_file);
  if (!svid.ok()) return svid.status();
  absl::StatusOr<crypto::SecretBytes> key = ReadKeyFile(files.key_file);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::string> bundle = ReadFile(files.bundle_file);
  if (!bundle.ok()) return bundle.status();
  return LoadedFiles{*std::move(svid), *std::move(key), *std::move(bundle)};
}

absl::string_view TextOf(const crypto::SecretBytes& secret) {
  const absl::Span<const uint8_t> bytes = secret.ExposeSecret();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsOf(
    const LoadedFiles& loaded) {
  // gRPC keeps copies of the key of its own; nobody wipes those.
  tls::IdentityKeyCertPair pair;
  pair.private_key = std::string(TextOf(loaded.key_pem));
  pair.certificate_chain = loaded.svid_pem;
  tls::TlsServerCredentialsOptions options(
      std::make_shared<tls::StaticDataCertificateProvider>(
          loaded.bundle_pem,
          std::vector<tls::IdentityKeyCertPair>{std::move(pair)}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  std::shared_ptr<grpc::ServerCredentials> credentials =
      tls::TlsServerCredentials(options);
  if (credentials == nullptr) {
    return absl::InternalError("gRPC refused the TLS options");
  }
  return credentials;
}

}  // namespace

absl::Status RequireTls13() {
  // First, so that the system's own configuration (its providers) is read now
  // and does not replace ours later.
  if (OPENSSL_init_ssl(0, nullptr) != 1) {
    return absl::InternalError("OpenSSL does not start");
  }
  const BioPtr text = BioOf(kOpenSslConfig);
  const ConfPtr config(NCONF_new(nullptr));
  if (NCONF_load_bio(config.get(), text.get(), nullptr) != 1 ||
      CONF_modules_load(config.get(), nullptr, 0) != 1) {
    ERR_clear_error();
    return absl::InternalError("OpenSSL refuses the TLS settings");
  }
  return absl::OkStatus();
}

absl::StatusOr<ServerTls> LoadServerTls(const TlsFiles& files, absl::Time now) {
  const absl::StatusOr<LoadedFiles> loaded = ReadFiles(files);
  if (!loaded.ok()) return loaded.status();
  const auto chain = ReadCertificates(files.svid_file, loaded->svid_pem);
  if (!chain.ok()) return chain.status();
  const auto bundle = ReadCertificates(files.bundle_file, loaded->bundle_pem);
  if (!bundle.ok()) return bundle.status();
  X509* const leaf = chain->front().get();

  const BioPtr key_text = BioOf(TextOf(loaded->key_pem));
  const KeyPtr key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return FileError(files.key_file,
                     "not a PEM file of a private key without "
                     "a passphrase");
  }
  if (X509_check_private_key(leaf, key.get()) != 1) {
    return FileError(files.key_file,
                     absl::StrCat("not the key of ", files.svid_file));
  }
  absl::StatusOr<SpiffeId> id = OwnId(files.svid_file, leaf);
  if (!id.ok()) return id.status();
  const absl::Status verified =
      CheckChain(files.svid_file, *chain, *bundle, now);
  if (!verified.ok()) return verified;

  auto credentials = CredentialsOf(*loaded);
  if (!credentials.ok()) return credentials.status();
  return ServerTls{*std::move(credentials), *std::move(id), NotAfter(leaf)};
}

}  // namespace panvault::server
