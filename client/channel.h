// A gRPC channel to panvaultd, with every setting that panvault's clients
// share.
//
// Nothing is connected yet: the first call does that.

#ifndef PANVAULT_CLIENT_CHANNEL_H_
#define PANVAULT_CLIENT_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/tls.h"
#include "grpcpp/channel.h"

namespace panvault::client {

// The largest answer accepted: 10,000 results with references fit twice.
inline constexpr int kMessageBytesMax = 4 * 1024 * 1024;

struct ChannelOptions {
  // "host:port", or "unix:/path".
  std::string target = {};
  TlsFiles files = {};
  // The one server identity accepted, e.g.
  // "spiffe://example.org/ns/panvault/sa/panvaultd".
  std::string server_spiffe_id = {};
};

// Each channel has a connection of its own: two channels to one target never
// share one. Errors: as MakeTlsCredentials; kInvalidArgument for no target.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(
    const ChannelOptions& options);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_CHANNEL_H_
