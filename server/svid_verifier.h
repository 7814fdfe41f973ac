// SvidVerifier: the certificate that a connection shows, turned into an
// identity; at the handshake and again for every call.
//
// The full check (svid_check.h) takes a quarter of a millisecond, most of it
// for reading DER and for signatures, so its outcome is kept by the text of the
// certificates. What can change while a connection lives, the time and the
// trust bundles, is looked at every time.

#ifndef PANVAULT_SERVER_SVID_VERIFIER_H_
#define PANVAULT_SERVER_SVID_VERIFIER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/pem_table.h"
#include "server/svid_check.h"

namespace panvault::server {

// Good certificates whose outcome is kept. More than the callers that a server
// has; past it, all are checked anew.
inline constexpr size_t kKeptSvidsMax = 4'096;
// And for how long: an anchor may end, too.
inline constexpr absl::Duration kKeptFor = absl::Minutes(1);

// Thread-safe.
class SvidVerifier final {
 public:
  explicit SvidVerifier(std::shared_ptr<const TrustBundles> bundles);

  // `leaf_pem` is one certificate, `chain_pem` further ones or empty. The
  // errors of CheckSvid, for a client; SVID_INVALID for what is no certificate.
  absl::StatusOr<std::shared_ptr<const PeerSvid>> Identify(
      absl::string_view leaf_pem, absl::string_view chain_pem, absl::Time now);

  // From now on identities are those of `bundles`, also on open connections.
  void Swap(std::shared_ptr<const TrustBundles> bundles);

  std::shared_ptr<const TrustBundles> bundles() const;

 private:
  struct Kept {
    std::string chain_pem;
    std::shared_ptr<const PeerSvid> svid;
    // The first of the certificates shown ends then: to be checked anew.
    absl::Time until;
  };

  // Null if this is not known, or no longer.
  std::shared_ptr<const PeerSvid> Find(absl::string_view leaf_pem,
                                       absl::string_view chain_pem,
                                       absl::Time now) const;
  void Keep(absl::string_view leaf_pem, Kept kept,
            const std::shared_ptr<const TrustBundles>& bundles);

  // Guards all below.
  mutable std::mutex mutex_;
  std::shared_ptr<const TrustBundles> bundles_;
  // By the text of the leaf; checked against bundles_.
  PemTable<Kept> kept_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SVID_VERIFIER_H_
