#include "server/vault_server.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/compression.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/call.h"
#include "server/grpc_log.h"
#include "server/idle_trim.h"
#include "server/key_admin_service.h"
#include "server/limits.h"
#include "server/server_admin_service.h"
#include "server/stray_calls.h"
#include "server/stream_counts.h"
#include "server/stream_watch.h"
#include "server/tls_self_test.h"
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
      {GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kReadBytesMax},
      {GRPC_ARG_HTTP2_BDP_PROBE, 0},
      {GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kAheadBytesMax},
      // Else gRPC keeps an error of a kilobyte for each PING until it has said
      // that they are too many.
      {GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0},
      // For StreamCounts.
      {GRPC_ARG_ENABLE_CHANNELZ, 1},
  };
  for (const auto& [name, value] : arguments) {
    builder.AddChannelArgument(name, value);
  }
}

Connections::Limits LimitsOf(const VaultServerOptions& options) {
  Connections::Limits limits = options.connections;
  limits.growth = std::min(limits.growth, options.memory_bytes / 6);
  return limits;
}

}  // namespace

struct VaultServer::Impl {
  Impl(const VaultServerOptions& options, const Parts& parts)
      : workers({options.batch_threads, options.batch_queue,
                 // Half, so that there is room for another caller.
                 (options.batch_queue + 1) / 2}),
        connections(
            LimitsOf(options),
            {.streams = [this](absl::string_view peer,
                               absl::Time now) { return counts.Of(peer, now); },
             .resident = ResidentBytes},
            parts.log),
        streams([this](absl::string_view leaf_pem, int64_t open) {
          connections.CloseShowing(leaf_pem, open);
        }),
        memory(options.memory_bytes,
               {.resident = ResidentBytes,
                .trim = GiveMemoryBack,
                .shed =
                    [this](uint64_t bytes) {
                      return connections.CloseLargest(bytes);
                    }},
               parts.log),
        environment{parts.svids, connections, parts.access,  parts.keysets,
                    workers,     parts.log,   parts.metrics, answers},
        token_vault(environment),
        key_admin(environment),
        server_admin(environment) {}

  absl::Status StartGrpc(const VaultServerOptions& options);
  Acceptor::Hooks HooksFor(const Parts& parts);

  WorkerPool workers;
  StreamCounts counts;  // Of connections, which asks.
  Connections connections;
  StreamWatch streams;
  AnswerLimit answers{kLargeAnswersPerCallerMax};
  MemoryWatch memory;  // Of the acceptor's thread, as the next.
  IdleTrim trim;
  const CallEnvironment environment;
  TokenVaultService token_vault;
  KeyAdminService key_admin;
  ServerAdminService server_admin;
  std::unique_ptr<grpc::Server> server;  // It uses all of the above.
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> into_server;
  std::string address;
  std::optional<TlsFailureLog> tls_failures;
  std::unique_ptr<Acceptor> acceptor;  // Last: it hands on to the server.
};

absl::Status VaultServer::Impl::StartGrpc(const VaultServerOptions& options) {
  grpc::ServerBuilder builder;
  SetLimits(builder);
  into_server = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      options.credentials);
  options.credentials->SetAuthMetadataProcessor(NewStreamProcessor(streams));
  builder.RegisterService(&token_vault);
  builder.RegisterService(&key_admin);
  builder.RegisterService(&server_admin);
  for (grpc::Service* const service : options.extra_services) {
    builder.RegisterService(service);
  }
  std::vector<
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(std::make_unique<StrayCalls>(environment, streams));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  server = builder.BuildAndStart();
  return server == nullptr ? absl::InternalError("gRPC does not start")
                           : absl::OkStatus();
}

Acceptor::Hooks VaultServer::Impl::HooksFor(const Parts& parts) {
  Acceptor::Hooks hooks;
  hooks.hand_over = [into = into_server.get()](int fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
        connection;
    connection.fd = fd;
    into->HandleNewConnection(&connection);
  };
  hooks.check = [&guard = parts.guard](absl::string_view leaf_pem,
                                       absl::string_view chain_pem,
                                       absl::Time now) {
    return guard.Decide(leaf_pem, chain_pem, now);
  };
  hooks.dropped = [&metrics = parts.metrics](DropReason reason) {
    metrics.CountDrop(reason);
  };
  hooks.each_check = [this](absl::Time now) { memory.Tick(now); };
  hooks.each_second = [this] { trim.Tick(connections.calls()); };
  return hooks;
}

absl::StatusOr<std::unique_ptr<VaultServer>> VaultServer::Start(
    const VaultServerOptions& options, const Parts& parts) {
  auto socket = Listen(options.listen);
  if (!socket.ok()) return socket.status();
  auto impl = std::make_unique<Impl>(options, parts);
  impl->address = socket->address;
  if (absl::Status up = impl->StartGrpc(options); !up.ok()) return up;
  Acceptor::Hooks hooks = impl->HooksFor(parts);
  if (options.test_tls) {
    if (absl::Status tested = TestOwnTls(hooks.hand_over); !tested.ok()) {
      return tested;
    }
  }
  // Not before: that test fails handshakes on purpose.
  impl->tls_failures.emplace(
      parts.log, [&metrics = parts.metrics] { metrics.CountTlsFailure(); });
  auto acceptor =
      Acceptor::Start(*std::move(socket), impl->connections, options.handshakes,
                      std::move(hooks), parts.log);
  if (!acceptor.ok()) return acceptor.status();
  impl->acceptor = *std::move(acceptor);
  return std::unique_ptr<VaultServer>(new VaultServer(std::move(impl)));
}

VaultServer::VaultServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

VaultServer::~VaultServer() { Stop(absl::ZeroDuration()); }

void VaultServer::Stop(absl::Duration drain) {
  impl_->acceptor->StopAccepting();
  impl_->server->Shutdown(absl::ToChronoTime(absl::Now() + drain));
  impl_->server->Wait();
}

void VaultServer::TrustChanged() {
  impl_->connections.TrustChanged(absl::Now());
  impl_->acceptor->TrustChanged();
}

const Connections& VaultServer::connections() const {
  return impl_->connections;
}

size_t VaultServer::batches_waiting() const { return impl_->workers.waiting(); }

const std::string& VaultServer::address() const { return impl_->address; }

}  // namespace panvault::server
