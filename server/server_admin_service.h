// What operators may ask about this server: panvault.v1.ServerAdminService.
//
// Shows who is connected, and changes nothing.

#ifndef PANVAULT_SERVER_SERVER_ADMIN_SERVICE_H_
#define PANVAULT_SERVER_SERVER_ADMIN_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "panvault/v1/server_admin.grpc.pb.h"
#include "server/call.h"

namespace panvault::server {

// Thread-safe. `environment`, borrowed, outlives the service, and the service
// outlives the gRPC server.
class ServerAdminService final
    : public v1::ServerAdminService::CallbackService {
 public:
  explicit ServerAdminService(const CallEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerUnaryReactor* ListConnections(
      grpc::CallbackServerContext* context,
      const v1::ListConnectionsRequest* request,
      v1::ListConnectionsResponse* response) override;

 private:
  const CallEnvironment& environment_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SERVER_ADMIN_SERVICE_H_
