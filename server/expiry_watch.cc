#include "server/expiry_watch.h"

#include <algorithm>

namespace panvault::server {

bool ExpiryWatch::IsTimeToWarn(absl::Time not_after, absl::Time now) {
  const absl::Duration left = not_after - now;
  if (not_after != not_after_) {
    not_after_ = not_after;
    warn_at_ = not_after - std::min(left / 4, kExpiryWarningMax);
  }
  if (now < warn_at_) return false;
  warn_at_ = now + std::max(left / 2, kExpiryWarningGap);
  return true;
}

}  // namespace panvault::server
