// TokenBucket: lets so many things through per second on average, and so many
// at once.

#ifndef PANVAULT_SERVER_TOKEN_BUCKET_H_
#define PANVAULT_SERVER_TOKEN_BUCKET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace panvault::server {

// Not thread-safe. Time is the caller's, and may stand still or go back.
class TokenBucket final {
 public:
  // Starts full. Both are over 0.
  TokenBucket(double per_second, double burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // False if there is none to take.
  bool Take(absl::Time now) {
    Fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  // How long until Take would succeed; 0 if it would now.
  absl::Duration Wait(absl::Time now) {
    Fill(now);
    if (tokens_ >= 1) return absl::ZeroDuration();
    return absl::Seconds((1 - tokens_) / per_second_);
  }

  // As after construction: nothing is known of the past any more.
  bool full(absl::Time now) {
    Fill(now);
    return tokens_ >= burst_;
  }

 private:
  void Fill(absl::Time now) {
    if (now > last_) {
      tokens_ = std::min(
          burst_, tokens_ + absl::ToDoubleSeconds(now - last_) * per_second_);
    }
    last_ = now;
  }

  const double per_second_;
  const double burst_;
  double tokens_;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TOKEN_BUCKET_H_
