// The throwaway trust domain of `panvaultd dev`: three X509-SVIDs in files.
//
//   ca/bundle.pem                      whom to trust
//   identities/<name>/svid.pem         with key.pem (0600) and bundle.pem
//   identities/issued                  when; written last
//
// The CA's key is used once and never stored, so all certificates are issued
// anew together.

#ifndef PANVAULT_SERVER_DEV_DEV_IDENTITIES_H_
#define PANVAULT_SERVER_DEV_DEV_IDENTITIES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace panvault::dev {

inline constexpr char kDevTrustDomain[] = "dev.panvault.internal";

// The server, a caller that access.yaml allows, and one that it does not.
inline constexpr char kDevServerName[] = "panvaultd";
inline constexpr char kDevServerId[] =
    "spiffe://dev.panvault.internal/ns/panvault/sa/panvaultd";
// The server's certificate names this, too: for clients whose TLS library
// checks DNS names only.
inline constexpr char kDevServerDnsName[] = "panvaultd.dev.panvault.internal";
inline constexpr char kDevCallerName[] = "payment-api";
inline constexpr char kDevCallerId[] =
    "spiffe://dev.panvault.internal/ns/payments/sa/payment-api";
inline constexpr char kDevStrangerName[] = "stranger";
inline constexpr char kDevStrangerId[] =
    "spiffe://dev.panvault.internal/ns/default/sa/stranger";

inline constexpr absl::Duration kDevSvidLife = absl::Hours(24);
inline constexpr absl::Duration kDevCaLife = absl::Hours(30 * 24);
// SVIDs with less left are issued anew.
inline constexpr absl::Duration kDevSvidLeftMin = absl::Hours(1);

struct DevIdentities {
  absl::Time not_after;  // Of the SVIDs.
  bool issued = false;   // By this call; false if they were good.
};

// Issues the certificates into `state_dir` (as OpenStateFolder returned it)
// unless they are all there and good for kDevSvidLeftMin. A crash half-way is
// made good by the next call. Not thread-safe for one folder.
absl::StatusOr<DevIdentities> EnsureDevIdentities(const std::string& state_dir,
                                                  absl::Time now);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_DEV_IDENTITIES_H_
