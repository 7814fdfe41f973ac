// StreamWatch: finds workloads that begin streams and take them back before
// they are calls (CVE-2023-44487, HTTP/2 rapid reset).
//
// Each such stream costs gRPC 1.51 some 15 KB and 0.1 ms, does not count among
// the streams of its connection, and never gets to a handler. A client has
// kStreamsPerConnectionMax streams under way, and now and then gives one up
// early: a thousand within a second are no client.
//
// Counts by certificate, so that many connections of one workload count
// together. Does not see a stream whose end gRPC has read together with its
// beginning: that one is never answered, and counts with
// Connections::CheckTraffic.

#ifndef PANVAULT_SERVER_STREAM_WATCH_H_
#define PANVAULT_SERVER_STREAM_WATCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "server/pem_table.h"

namespace panvault::server {

// Thread-safe.
class StreamWatch final {
 public:
  // `open` streams of `leaf_pem` have begun within a second and are no calls: a
  // multiple of kStreamsWithoutCallMax. To end the connections that show it, if
  // these are too few for so many. Called on gRPC's threads.
  using Close = std::function<void(absl::string_view leaf_pem, int64_t open)>;

  explicit StreamWatch(Close close) : close_(std::move(close)) {}

  // A stream has begun on a connection that shows `leaf_pem`.
  void Began(absl::string_view leaf_pem, absl::Time now);

  // One of those has become a call.
  void BecameCall(absl::string_view leaf_pem);

 private:
  // Of one certificate.
  struct Streams {
    // What is older is forgotten, since some never tell their end.
    absl::Time since = absl::InfinitePast();
    int64_t open = 0;
  };

  // With mutex_ held.
  void ForgetOld(absl::Time now);

  const Close close_;

  // Guards all below.
  std::mutex mutex_;
  PemTable<Streams> streams_;
};

// Tells `watch`, which is borrowed, of each stream that begins. For
// ServerCredentials::SetAuthMetadataProcessor: the one place where gRPC shows a
// stream before it queues it.
std::shared_ptr<grpc::AuthMetadataProcessor> NewStreamProcessor(
    StreamWatch& watch);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_STREAM_WATCH_H_
