#include "server/vault_server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/compression.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/call.h"
#include "server/key_admin_service.h"
#include "server/limits.h"
#include "server/token_vault_service.h"
#include "server/worker_pool.h"

namespace panvault::server {
namespace {

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kRequestBytesMax);
  // gRPC unpacks a message before it looks at its size: a megabyte of zeros,
  // packed, would become a gigabyte.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  const std::pair<const char*, int> arguments[] = {
      {GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsPerConnectionMax},
      {GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax},
      {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs},
      {GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs},
      {GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs},
      {GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdleMs},
      {GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs},
      // Two servers must not share the port: one would answer for the other.
      {GRPC_ARG_ALLOW_REUSEPORT, 0},
  };
  for (const auto& [name, value] : arguments) {
    builder.AddChannelArgument(name, value);
  }
}

}  // namespace

struct VaultServer::Impl {
  Impl(const VaultServerOptions& options, const Parts& parts)
      : workers({options.batch_threads, options.batch_queue}),
        environment{parts.svids, parts.access, parts.keysets, workers,
                    parts.log},
        token_vault(environment),
        key_admin(environment) {}

  WorkerPool workers;
  const CallEnvironment environment;
  TokenVaultService token_vault;
  KeyAdminService key_admin;
  std::unique_ptr<grpc::Server> server;  // Last: it uses all of the above.
};

absl::StatusOr<std::unique_ptr<VaultServer>> VaultServer::Start(
    const VaultServerOptions& options, const Parts& parts) {
  auto impl = std::make_unique<Impl>(options, parts);
  grpc::ServerBuilder builder;
  SetLimits(builder);
  int port = 0;
  builder.AddListeningPort(options.listen, options.credentials, &port);
  builder.RegisterService(&impl->token_vault);
  builder.RegisterService(&impl->key_admin);
  for (grpc::Service* const service : options.extra_services) {
    builder.RegisterService(service);
  }
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.listen));
  }
  std::string address = absl::StrCat(
      options.listen.substr(0, options.listen.rfind(':')), ":", port);
  return std::unique_ptr<VaultServer>(
      new VaultServer(std::move(impl), std::move(address)));
}

VaultServer::VaultServer(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

VaultServer::~VaultServer() { Stop(absl::ZeroDuration()); }

void VaultServer::Stop(absl::Duration drain) {
  impl_->server->Shutdown(absl::ToChronoTime(absl::Now() + drain));
  impl_->server->Wait();
}

}  // namespace panvault::server
