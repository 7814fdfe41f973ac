// A throwaway certificate authority that issues X509-SVIDs (SPIFFE X509-SVID
// sections 2 to 4): P-256 keys, one URI SAN, critical keyUsage.
//
// For `panvaultd dev`, the demo and the tests. Not a production CA: its key
// lives in memory, and there is no revocation.

#ifndef PANVAULT_CRYPTO_X509_ISSUER_H_
#define PANVAULT_CRYPTO_X509_ISSUER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

// Seconds since the Unix epoch; crypto/ has no clock of its own.
struct Validity {
  int64_t not_before_s = 0;
  int64_t not_after_s = 0;
};

struct IssuedSvid {
  std::string certificate_pem;
  // PKCS#8 PEM.
  SecretBytes private_key_pem;
};

// Thread-safe: const methods share no mutable state.
class X509Issuer final {
 public:
  // Makes a self-signed CA for `trust_domain`, e.g. "demo.panvault.test".
  static absl::StatusOr<X509Issuer> Create(absl::string_view trust_domain,
                                           Validity validity);
  X509Issuer(X509Issuer&&) noexcept;
  X509Issuer& operator=(X509Issuer&&) noexcept;
  ~X509Issuer();

  // The CA certificate: the trust bundle.
  const std::string& bundle_pem() const;

  // A leaf with `spiffe_id` as its one URI SAN, good for both ends of TLS. The
  // ID is written as given: tests issue malformed ones on purpose. `dns_name`,
  // if not empty, stands beside it (X509-SVID section 2 allows that), for
  // clients whose TLS library cannot check a URI.
  absl::StatusOr<IssuedSvid> IssueSvid(absl::string_view spiffe_id,
                                       Validity validity,
                                       absl::string_view dns_name = {}) const;

 private:
  struct Impl;
  explicit X509Issuer(std::unique_ptr<const Impl> impl);

  std::unique_ptr<const Impl> impl_;
};

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_X509_ISSUER_H_
