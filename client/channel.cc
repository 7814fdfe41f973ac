#include "client/channel.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/tls.h"
#include "grpc/impl/codegen/grpc_types.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"

namespace panvault::client {
namespace {

constexpr int kReconnectMsMin = 100;
constexpr int kReconnectMsMax = 2'000;
// A lost packet or a busy server must not end the attempt, but a call of 10 s
// should see a second one.
constexpr int kConnectMsMax = 5'000;

grpc::ChannelArguments MakeArguments() {
  grpc::ChannelArguments arguments;
  // Retries are ours (client/retry.h): gRPC's would buffer requests, and so
  // PANs, for longer, and know nothing of what is safe to repeat.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Settings come from the caller, not from DNS TXT records or http_proxy.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  // Short, so that a retried call meets a new connection attempt.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMsMin);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMsMax);
  // Whatever its name says, this bounds one attempt, handshake included.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectMsMax);
  return arguments;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(
    const ChannelOptions& options) {
  if (options.target.empty()) {
    return absl::InvalidArgumentError("no server address given");
  }
  auto credentials =
      MakeTlsCredentials(options.files, options.server_spiffe_id);
  if (!credentials.ok()) return credentials.status();
  return grpc::CreateCustomChannel(options.target, *credentials,
                                   MakeArguments());
}

}  // namespace panvault::client
