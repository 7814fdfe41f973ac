// The control plane over gRPC: panvault.v1.KeyAdminService.
//
// Profiles and key versions; no method returns key bytes.

#ifndef PANVAULT_SERVER_KEY_ADMIN_SERVICE_H_
#define PANVAULT_SERVER_KEY_ADMIN_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "panvault/v1/key_admin.grpc.pb.h"
#include "server/call.h"

namespace panvault::server {

// Thread-safe. `environment`, borrowed, outlives the service, and the service
// outlives the gRPC server.
class KeyAdminService final : public v1::KeyAdminService::CallbackService {
 public:
  explicit KeyAdminService(const CallEnvironment& environment)
      : environment_(environment) {}

  grpc::ServerUnaryReactor* CreateTokenProfile(
      grpc::CallbackServerContext* context,
      const v1::CreateTokenProfileRequest* request,
      v1::CreateTokenProfileResponse* response) override;
  grpc::ServerUnaryReactor* GetTokenProfile(
      grpc::CallbackServerContext* context,
      const v1::GetTokenProfileRequest* request,
      v1::GetTokenProfileResponse* response) override;
  grpc::ServerUnaryReactor* ListTokenProfiles(
      grpc::CallbackServerContext* context,
      const v1::ListTokenProfilesRequest* request,
      v1::ListTokenProfilesResponse* response) override;
  grpc::ServerUnaryReactor* ListKeyVersions(
      grpc::CallbackServerContext* context,
      const v1::ListKeyVersionsRequest* request,
      v1::ListKeyVersionsResponse* response) override;

 private:
  const CallEnvironment& environment_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_KEY_ADMIN_SERVICE_H_
