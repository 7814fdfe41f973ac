#include "server/tls.h"

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/secret_bytes.h"
#include "server/read_file.h"

namespace panvault::server {
namespace {

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
using X509Ptr = std::unique_ptr<X509, Free<X509_free>>;

absl::Status FileError(const std::string& path, absl::string_view what) {
  ERR_clear_error();
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", what));
}

BioPtr BioOf(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

absl::StatusOr<std::vector<crypto::Certificate>> ReadCertificates(
    const std::string& path, absl::string_view pem) {
  auto certificates = crypto::Certificate::ManyFromPem(pem);
  if (certificates.ok()) return certificates;
  return FileError(path, absl::StrCat("not a PEM file of certificates: ",
                                      certificates.status().message()));
}

// Never asks for a passphrase.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*write*/, void* /*u*/) {
  return -1;
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

// OK if `key_pem` is the key of `leaf`.
absl::Status CheckKey(const TlsFiles& files, const crypto::SecretBytes& key_pem,
                      const crypto::Certificate& leaf) {
  const BioPtr key_text = BioOf(TextOf(key_pem));
  const KeyPtr key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return FileError(files.key_file,
                     "not a PEM file of a private key without a passphrase");
  }
  const absl::Span<const uint8_t> der = leaf.der();
  const uint8_t* begin = der.data();
  const X509Ptr x509(d2i_X509(nullptr, &begin, static_cast<long>(der.size())));
  if (x509 == nullptr || X509_check_private_key(x509.get(), key.get()) != 1) {
    return FileError(files.key_file,
                     absl::StrCat("not the key of ", files.svid_file));
  }
  return absl::OkStatus();
}

// The anchors of one trust domain, and their text added to `roots_pem`.
absl::StatusOr<crypto::TrustAnchors> ReadAnchors(const std::string& path,
                                                 absl::string_view pem,
                                                 std::string& roots_pem) {
  auto certificates = ReadCertificates(path, pem);
  if (!certificates.ok()) return certificates.status();
  for (const crypto::Certificate& certificate : *certificates) {
    roots_pem += certificate.ToPem();
  }
  auto anchors = crypto::TrustAnchors::Create(*std::move(certificates));
  if (!anchors.ok()) return FileError(path, anchors.status().message());
  return anchors;
}

// Adds the bundles of other trust domains.
absl::Status AddFederated(const TlsFiles& files, TrustBundles& bundles,
                          std::string& roots_pem) {
  for (const auto& [trust_domain, path] : files.federated) {
    const absl::StatusOr<std::string> pem = ReadFile(path);
    if (!pem.ok()) return pem.status();
    auto anchors = ReadAnchors(path, *pem, roots_pem);
    if (!anchors.ok()) return anchors.status();
    if (!bundles.emplace(trust_domain, *std::move(anchors)).second) {
      return FileError(path, "a second bundle of one trust domain");
    }
  }
  return absl::OkStatus();
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
  absl::StatusOr<LoadedFiles> loaded = ReadFiles(files);
  if (!loaded.ok()) return loaded.status();
  const auto chain = ReadCertificates(files.svid_file, loaded->svid_pem);
  if (!chain.ok()) return chain.status();
  const crypto::Certificate& leaf = chain->front();
  const absl::Status key = CheckKey(files, loaded->key_pem, leaf);
  if (!key.ok()) return key;

  std::string roots_pem;
  auto anchors = ReadAnchors(files.bundle_file, loaded->bundle_pem, roots_pem);
  if (!anchors.ok()) return anchors.status();
  // Whose bundle it is, our own name says: what names nobody is refused below.
  TrustBundles bundles;
  const auto& uris = leaf.facts().uris;
  const auto own = SpiffeId::Parse(uris.empty() ? "" : uris.front());
  if (own.ok()) {
    bundles.emplace(std::string(own->trust_domain()), *std::move(anchors));
  }
  if (absl::Status added = AddFederated(files, bundles, roots_pem);
      !added.ok()) {
    return added;
  }
  auto svid = CheckSvid(leaf, absl::MakeConstSpan(*chain).subspan(1), bundles,
                        crypto::PeerRole::kServer, now);
  if (!svid.ok()) return FileError(files.svid_file, svid.status().message());
  return ServerTls{std::move(svid->id),
                   svid->not_after,
                   std::move(loaded->svid_pem),
                   std::move(loaded->key_pem),
                   std::make_shared<const TrustBundles>(std::move(bundles)),
                   std::move(roots_pem)};
}

}  // namespace panvault::server
