// HandshakeRation: how many TLS handshakes may begin, in all and by source.
//
// Without the part by source, one host that tries and tries again would leave
// nothing for the others.

#ifndef PANVAULT_SERVER_HANDSHAKE_RATION_H_
#define PANVAULT_SERVER_HANDSHAKE_RATION_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/token_bucket.h"

namespace panvault::server {

// Sources that are remembered. Past it, new ones have the common ration only.
inline constexpr size_t kRationedSourcesMax = 16'384;

// Not thread-safe.
class HandshakeRation final {
 public:
  // Any type with the members of Acceptor::Limits.
  template <typename Limits>
  explicit HandshakeRation(const Limits& limits)
      : all_(limits.handshakes_per_s, limits.handshakes_burst),
        source_(limits.source_handshakes_per_s,
                limits.source_handshakes_burst) {}

  // Until one more may begin; 0: now.
  absl::Duration Wait(absl::Time now) { return all_.Wait(now); }

  // Counts one of `source`; false if it has had its share.
  bool Take(absl::string_view source, absl::Time now) {
    if (sources_.size() < kRationedSourcesMax || sources_.contains(source)) {
      const auto [bucket, added] = sources_.try_emplace(source, source_);
      if (!bucket->second.Take(now)) return false;
    }
    all_.Take(now);
    return true;
  }

  // Drops what is remembered of sources that have had no part for a while.
  void Forget(absl::Time now) {
    absl::erase_if(sources_,
                   [now](auto& entry) { return entry.second.full(now); });
  }

 private:
  TokenBucket all_;
  const TokenBucket source_;  // What each source starts with.
  absl::flat_hash_map<std::string, TokenBucket> sources_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_HANDSHAKE_RATION_H_
