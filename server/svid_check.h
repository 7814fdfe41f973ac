// Whether a certificate is the X509-SVID of a workload that this server trusts:
// all the rules, in one place, on the certificate itself.
//
// SPIFFE X509-SVID sections 2 to 5, with SPIFFE-ID section 2. Stricter than
// their "MUST" for a verifier in two points: keyUsage has to be there, critical
// and with digitalSignature (an issuer's duty, section 4.3), and a path is
// required. Whom the identity may call is not decided here.

#ifndef PANVAULT_SERVER_SVID_CHECK_H_
#define PANVAULT_SERVER_SVID_CHECK_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "crypto/x509_certificate.h"
#include "server/spiffe_id.h"

namespace panvault::server {

// How far a caller's clock may be ahead of ours: a certificate may begin that
// much later. One that has ended has ended.
inline constexpr absl::Duration kClockSkewMax = absl::Seconds(60);

// The CAs that may speak for each trust domain, and for no other.
using TrustBundles = std::map<std::string, crypto::TrustAnchors, std::less<>>;

// An identity, and what it was read from.
struct PeerSvid {
  SpiffeId id;
  absl::Time not_after;
  std::string serial;  // Hexadecimal.
};

// SVID_INVALID (kUnauthenticated) that names the rule which is broken, never a
// value of the certificate; SVID_EXPIRED for its time. In the order of the
// specification: the leaf by itself, then its trust domain's bundle, then the
// path to that bundle. Thread-safe.
absl::StatusOr<PeerSvid> CheckSvid(
    const crypto::Certificate& leaf,
    absl::Span<const crypto::Certificate> intermediates,
    const TrustBundles& bundles, crypto::PeerRole role, absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SVID_CHECK_H_
