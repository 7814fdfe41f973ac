#include "server/key_admin_service.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/profile_messages.h"
#include "vault/keyset.h"

namespace panvault::server {
namespace {

absl::Status CreateProfile(vault::KeysetCache& keysets,
                           const v1::CreateTokenProfileRequest& request,
                           v1::CreateTokenProfileResponse& response) {
  const auto spec = SpecOf(request.profile());
  if (!spec.ok()) return spec.status();
  const auto keyset = keysets.CreateProfile(*spec);
  if (!keyset.ok()) return keyset.status();
  WriteProfile((*keyset)->profile(), *response.mutable_profile());
  return absl::OkStatus();
}

// The profiles that `caller` may list.
absl::Status ListProfiles(const vault::KeysetCache& keysets,
                          const Caller& caller,
                          v1::ListTokenProfilesResponse& response) {
  const auto all = keysets.All();
  if (!all.ok()) return all.status();
  for (const std::shared_ptr<const vault::Keyset>& keyset : *all) {
    const vault::TokenProfile& profile = keyset->profile();
    if (caller.MayCall({Rpc::kListTokenProfiles, profile.name, std::nullopt})) {
      WriteProfile(profile, *response.add_profiles());
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* KeyAdminService::CreateTokenProfile(
    grpc::CallbackServerContext* context,
    const v1::CreateTokenProfileRequest* request,
    v1::CreateTokenProfileResponse* response) {
  Call call(environment_, *context, Rpc::kCreateTokenProfile);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  const absl::Status admitted = call.Admit(
      {Rpc::kCreateTokenProfile, request->profile().name(), std::nullopt});
  if (!admitted.ok()) {
    call.Finish(admitted);
    return reactor;
  }
  RunOnWorker(environment_, std::move(call),
              [this, request, response](Call& /*running*/) {
                return CreateProfile(environment_.keysets, *request, *response);
              });
  return reactor;
}

grpc::ServerUnaryReactor* KeyAdminService::GetTokenProfile(
    grpc::CallbackServerContext* context,
    const v1::GetTokenProfileRequest* request,
    v1::GetTokenProfileResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kGetTokenProfile, request->name(), std::nullopt}, Where::kHere,
      [response](const vault::Keyset& keyset, ItemCounts& /*counts*/) {
        response->Clear();
        WriteProfile(keyset.profile(), *response->mutable_profile());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* KeyAdminService::ListTokenProfiles(
    grpc::CallbackServerContext* context,
    const v1::ListTokenProfilesRequest* /*request*/,
    v1::ListTokenProfilesResponse* response) {
  Call call(environment_, *context, Rpc::kListTokenProfiles);
  const absl::Status admitted =
      call.Admit({Rpc::kListTokenProfiles, "", std::nullopt});
  call.Finish(admitted.ok()
                  ? ListProfiles(environment_.keysets, call.caller(), *response)
                  : admitted);
  return call.reactor();
}

grpc::ServerUnaryReactor* KeyAdminService::ListKeyVersions(
    grpc::CallbackServerContext* context,
    const v1::ListKeyVersionsRequest* request,
    v1::ListKeyVersionsResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kListKeyVersions, request->profile(), std::nullopt}, Where::kHere,
      [response](const vault::Keyset& keyset, ItemCounts& /*counts*/) {
        response->Clear();
        WriteKeyVersions(keyset, *response);
        return absl::OkStatus();
      });
}

}  // namespace panvault::server
