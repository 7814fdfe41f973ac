// ExpiryWatch: when to warn that the server's own certificate comes to its end.
//
// Issuers renew when half of a certificate's life is over (SPIRE), so a
// certificate of which only a quarter is left has been forgotten. From then on
// a warning comes each time that half of what was left is gone, at most once a
// minute: few lines at first, many at the end.

#ifndef PANVAULT_SERVER_EXPIRY_WATCH_H_
#define PANVAULT_SERVER_EXPIRY_WATCH_H_

#include "absl/time/time.h"

namespace panvault::server {

// A quarter of a long life is weeks: nobody has to act on that yet.
inline constexpr absl::Duration kExpiryWarningMax = absl::Hours(24);
inline constexpr absl::Duration kExpiryWarningGap = absl::Seconds(60);

// Not thread-safe.
class ExpiryWatch final {
 public:
  // Whether to warn now of a certificate that ends at `not_after`. The first
  // call with a new `not_after` takes it for just loaded. After its end, too.
  bool IsTimeToWarn(absl::Time not_after, absl::Time now);

 private:
  absl::Time not_after_ = absl::InfinitePast();
  absl::Time warn_at_ = absl::InfiniteFuture();
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_EXPIRY_WATCH_H_
