// StreamCounts: how many HTTP/2 streams each connection has begun and ended, as
// gRPC counts them for channelz (gRFC A14): from its transport, before anything
// is known of a call, and also those that never become one.
//
// gRPC has channelz switched on by default, and serves nobody with it unless a
// service for it is registered, which panvaultd does not.

#ifndef PANVAULT_SERVER_STREAM_COUNTS_H_
#define PANVAULT_SERVER_STREAM_COUNTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace panvault::server {

struct StreamCount {
  int64_t started = 0;
  int64_t ended = 0;  // And their memory is free again.
};

// Not thread-safe.
class StreamCounts final {
 public:
  // Of the connection of `peer`, as ServerContext::peer() gives it; absent if
  // there is none on which HTTP/2 is spoken. Some 20 microseconds; some 2 more
  // for each connection there is, once for each `now`, if any is asked for that
  // was not there before.
  std::optional<StreamCount> Of(absl::string_view peer, absl::Time now);

 private:
  std::optional<StreamCount> OfListed(absl::string_view peer) const;
  void List();

  // Channelz ids, by peer; some of connections that have ended.
  absl::flat_hash_map<std::string, int64_t> ids_;
  absl::Time listed_at_ = absl::InfinitePast();
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_STREAM_COUNTS_H_
