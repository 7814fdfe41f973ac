#include "server/server_admin_service.h"

#include <optional>

#include "absl/status/status.h"
#include "server/write_time.h"

namespace panvault::server {
namespace {

void WriteConnections(const Connections& connections, uint64_t after,
                      v1::ListConnectionsResponse& response) {
  const ConnectionList list = connections.List(after);
  for (const ConnectionFacts& facts : list.connections) {
    v1::Connection& message = *response.add_connections();
    message.set_id(facts.id);
    message.set_peer(facts.peer);
    WriteTime(facts.since, *message.mutable_since());
    message.set_spiffe_id(facts.spiffe_id);
    message.set_serial(facts.serial);
    message.set_calls(facts.calls);
  }
  if (list.more) response.set_next_after_id(list.connections.back().id);
}

}  // namespace

grpc::ServerUnaryReactor* ServerAdminService::ListConnections(
    grpc::CallbackServerContext* context,
    const v1::ListConnectionsRequest* request,
    v1::ListConnectionsResponse* response) {
  Call call(environment_, *context, Rpc::kListConnections);
  const absl::Status admitted =
      call.Admit({Rpc::kListConnections, "", std::nullopt});
  if (admitted.ok()) {
    WriteConnections(environment_.connections, request->after_id(), *response);
  }
  call.Finish(admitted);
  return call.reactor();
}

}  // namespace panvault::server
