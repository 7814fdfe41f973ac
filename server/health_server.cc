#include "server/health_server.h"

#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/listen_address.h"

namespace panvault::server {
namespace {

// A health question is a few bytes; whoever sends more is not a health checker.
constexpr int kMessageBytesMax = 4096;
constexpr auto kStopTimeout = std::chrono::milliseconds(200);

// Watchers by service name ask for one of these.
constexpr const char* kServices[] = {"panvault.v1.TokenVaultService",
                                     "panvault.v1.KeyAdminService",
                                     "panvault.v1.ServerAdminService"};

// gRPC switches its health service on for all servers of the process or none;
// turning it off again keeps it from the mTLS port, whose RPCs are those of the
// RPC table.
class HealthOnThisServerOnly {
 public:
  HealthOnThisServerOnly() { grpc::EnableDefaultHealthCheckService(true); }
  ~HealthOnThisServerOnly() { grpc::EnableDefaultHealthCheckService(false); }
};

}  // namespace

struct HealthServer::Impl {
  // Answers UNIMPLEMENTED to everything else. gRPC refuses to start a server
  // that has nothing but health, which brings no polling of its own.
  grpc::CallbackGenericService everything_else;
  std::unique_ptr<grpc::Server> server;
};

absl::StatusOr<std::unique_ptr<HealthServer>> HealthServer::Start(
    const std::string& address) {
  const HealthOnThisServerOnly enabled;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  // Two servers must not share the port: one would answer for the other.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  auto impl = std::make_unique<Impl>();
  builder.RegisterCallbackGenericService(&impl->everything_else);
  impl->server = builder.BuildAndStart();
  if (impl->server == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen for health checks on ", address));
  }
  std::string bound = address;
  if (!absl::StartsWith(address, kUnixPrefix)) {
    bound = absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
  }
  std::unique_ptr<HealthServer> health(
      new HealthServer(std::move(impl), std::move(bound)));
  health->SetServing(false);
  return health;
}

HealthServer::HealthServer(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

HealthServer::~HealthServer() {
  impl_->server->Shutdown(std::chrono::system_clock::now() + kStopTimeout);
  impl_->server->Wait();
}

void HealthServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* const service =
      impl_->server->GetHealthCheckService();
  service->SetServingStatus(serving);  // The services known so far, and "".
  for (const char* name : kServices) service->SetServingStatus(name, serving);
}

}  // namespace panvault::server
