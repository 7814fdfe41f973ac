#include "client/client.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/channel.h"
#include "client/convert.h"
#include "client/error.h"
#include "client/model.h"
#include "client/retry.h"
#include "client/wipe.h"
#include "grpcpp/client_context.h"
#include "panvault/v1/key_admin.grpc.pb.h"
#include "panvault/v1/server_admin.grpc.pb.h"
#include "panvault/v1/token_vault.grpc.pb.h"

namespace panvault::client {
namespace {

using Vault = v1::TokenVaultService::Stub;
using KeyAdmin = v1::KeyAdminService::Stub;
using ServerAdmin = v1::ServerAdminService::Stub;

void Assign(std::string* field, absl::string_view value) {
  field->assign(value.data(), value.size());
}

absl::Status AnswerCountError() {
  return absl::InternalError("the server's answer has another number of items");
}

}  // namespace

struct Client::Impl {
  ClientOptions options;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<KeyAdmin> key_admin;
  std::unique_ptr<ServerAdmin> server_admin;

  // Calls `method` of `stub` with retries as far as `safety` allows.
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(const std::unique_ptr<Stub>& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                 const Request&, Response*),
                    const Request& request, Response& response,
                    RetrySafety safety = RetrySafety::kIdempotent) const {
    return CallWithRetries(
        options.retry, safety, absl::Now() + options.timeout,
        [&](absl::Time deadline) {
          grpc::ClientContext context;
          context.set_deadline(absl::ToChronoTime(deadline));
          return StatusFromRpc(((*stub).*method)(&context, request, &response));
        });
  }
};

Client::Client(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

absl::StatusOr<std::unique_ptr<Client>> Client::Create(
    const ClientOptions& options) {
  if (options.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("the timeout is not positive");
  }
  auto channel = OpenChannel(options.channel);
  if (!channel.ok()) return channel.status();
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->vault = std::make_unique<Vault>(*channel);
  impl->key_admin = std::make_unique<KeyAdmin>(*channel);
  impl->server_admin = std::make_unique<ServerAdmin>(*channel);
  return std::unique_ptr<Client>(new Client(std::move(impl)));
}

absl::StatusOr<Tokenized> Client::Tokenize(absl::string_view profile,
                                           const PanItem& item) const {
  v1::TokenizeRequest request;
  Assign(request.mutable_profile(), profile);
  Assign(request.mutable_pan(), item.pan);
  Assign(request.mutable_context(), item.context);
  v1::TokenizeResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::Tokenize, request, response);
  Wipe(*request.mutable_pan());
  if (!status.ok()) return status;
  return FromProto(std::move(response));
}

absl::StatusOr<std::string> Client::Detokenize(absl::string_view profile,
                                               Reveal reveal,
                                               const TokenItem& item) const {
  v1::DetokenizeRequest request;
  Assign(request.mutable_profile(), profile);
  Assign(request.mutable_token(), item.token);
  Assign(request.mutable_context(), item.context);
  request.set_reveal(ToProto(reveal));
  request.set_key_version(item.key_version);
  v1::DetokenizeResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::Detokenize, request, response);
  if (!status.ok()) return status;
  return Take(*response.mutable_pan());
}

absl::StatusOr<std::vector<absl::StatusOr<Tokenized>>> Client::BatchTokenize(
    absl::string_view profile, absl::Span<const PanItem> items) const {
  v1::BatchTokenizeRequest request;
  Assign(request.mutable_profile(), profile);
  request.mutable_items()->Reserve(static_cast<int>(items.size()));
  for (const PanItem& item : items) {
    v1::BatchTokenizeItem* added = request.add_items();
    Assign(added->mutable_pan(), item.pan);
    Assign(added->mutable_context(), item.context);
  }
  v1::BatchTokenizeResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::BatchTokenize, request, response);
  for (v1::BatchTokenizeItem& item : *request.mutable_items()) {
    Wipe(*item.mutable_pan());
  }
  if (!status.ok()) return status;
  if (static_cast<size_t>(response.results_size()) != items.size()) {
    return AnswerCountError();
  }
  std::vector<absl::StatusOr<Tokenized>> results;
  results.reserve(items.size());
  for (v1::BatchTokenizeResult& result : *response.mutable_results()) {
    if (result.has_tokenized()) {
      results.emplace_back(FromProto(std::move(*result.mutable_tokenized())));
    } else {
      results.emplace_back(StatusFromItem(result.error()));
    }
  }
  return results;
}

absl::StatusOr<std::vector<absl::StatusOr<std::string>>>
Client::BatchDetokenize(absl::string_view profile, Reveal reveal,
                        absl::Span<const TokenItem> items) const {
  v1::BatchDetokenizeRequest request;
  Assign(request.mutable_profile(), profile);
  request.set_reveal(ToProto(reveal));
  request.mutable_items()->Reserve(static_cast<int>(items.size()));
  for (const TokenItem& item : items) {
    v1::BatchDetokenizeItem* added = request.add_items();
    Assign(added->mutable_token(), item.token);
    Assign(added->mutable_context(), item.context);
    added->set_key_version(item.key_version);
  }
  v1::BatchDetokenizeResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::BatchDetokenize, request, response);
  if (!status.ok()) return status;
  const bool complete =
      static_cast<size_t>(response.results_size()) == items.size();
  std::vector<absl::StatusOr<std::string>> results;
  results.reserve(items.size());
  for (v1::BatchDetokenizeResult& result : *response.mutable_results()) {
    if (result.has_detokenized()) {
      results.emplace_back(Take(*result.mutable_detokenized()->mutable_pan()));
    } else {
      results.emplace_back(StatusFromItem(result.error()));
    }
  }
  if (!complete) return AnswerCountError();
  return results;
}

absl::StatusOr<BulkResult> Client::BulkTokenize(const BulkCall& call) const {
  v1::BulkTokenizeRequest request;
  Assign(request.mutable_profile(), call.profile);
  Assign(request.mutable_context(), call.context);
  for (const DigitColumn& column : call.columns) {
    v1::Column* added = request.add_columns();
    added->set_width(column.width);
    added->set_digits(column.digits);
  }
  v1::BulkTokenizeResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::BulkTokenize, request, response);
  for (v1::Column& column : *request.mutable_columns()) {
    Wipe(*column.mutable_digits());
  }
  if (!status.ok()) return status;
  return FromProto(std::move(response));
}

absl::StatusOr<BulkResult> Client::BulkDetokenize(const BulkCall& call) const {
  v1::BulkDetokenizeRequest request;
  Assign(request.mutable_profile(), call.profile);
  Assign(request.mutable_context(), call.context);
  request.set_key_version(call.key_version);
  for (const DigitColumn& column : call.columns) {
    v1::Column* added = request.add_columns();
    added->set_width(column.width);
    added->set_digits(column.digits);
  }
  v1::BulkDetokenizeResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::BulkDetokenize, request, response);
  if (!status.ok()) return status;
  return FromProto(std::move(response));
}

absl::StatusOr<TokenPlausibility> Client::ValidateToken(
    absl::string_view profile, absl::string_view token) const {
  v1::ValidateTokenRequest request;
  Assign(request.mutable_profile(), profile);
  Assign(request.mutable_token(), token);
  v1::ValidateTokenResponse response;
  const absl::Status status =
      impl_->Call(impl_->vault, &Vault::ValidateToken, request, response);
  if (!status.ok()) return status;
  return TokenPlausibility{response.plausible(), response.key_version()};
}

absl::StatusOr<Profile> Client::CreateTokenProfile(
    const Profile& profile) const {
  v1::CreateTokenProfileRequest request;
  *request.mutable_profile() = ToProto(profile);
  v1::CreateTokenProfileResponse response;
  const absl::Status status =
      impl_->Call(impl_->key_admin, &KeyAdmin::CreateTokenProfile, request,
                  response, RetrySafety::kOnce);
  if (!status.ok()) return status;
  return FromProto(response.profile());
}

absl::StatusOr<Profile> Client::GetTokenProfile(absl::string_view name) const {
  v1::GetTokenProfileRequest request;
  Assign(request.mutable_name(), name);
  v1::GetTokenProfileResponse response;
  const absl::Status status = impl_->Call(
      impl_->key_admin, &KeyAdmin::GetTokenProfile, request, response);
  if (!status.ok()) return status;
  return FromProto(response.profile());
}

absl::StatusOr<std::vector<Profile>> Client::ListTokenProfiles() const {
  v1::ListTokenProfilesResponse response;
  const absl::Status status =
      impl_->Call(impl_->key_admin, &KeyAdmin::ListTokenProfiles,
                  v1::ListTokenProfilesRequest(), response);
  if (!status.ok()) return status;
  std::vector<Profile> profiles;
  for (const v1::TokenProfile& profile : response.profiles()) {
    profiles.push_back(FromProto(profile));
  }
  return profiles;
}

absl::StatusOr<std::vector<KeyVersion>> Client::ListKeyVersions(
    absl::string_view profile) const {
  v1::ListKeyVersionsRequest request;
  Assign(request.mutable_profile(), profile);
  v1::ListKeyVersionsResponse response;
  const absl::Status status = impl_->Call(
      impl_->key_admin, &KeyAdmin::ListKeyVersions, request, response);
  if (!status.ok()) return status;
  std::vector<KeyVersion> versions;
  for (const v1::KeyVersion& version : response.key_versions()) {
    versions.push_back(FromProto(version));
  }
  return versions;
}

absl::StatusOr<std::vector<Connection>> Client::ListConnections() const {
  std::vector<Connection> connections;
  v1::ListConnectionsRequest request;
  while (true) {
    v1::ListConnectionsResponse response;
    const absl::Status status = impl_->Call(
        impl_->server_admin, &ServerAdmin::ListConnections, request, response);
    if (!status.ok()) return status;
    for (v1::Connection& connection : *response.mutable_connections()) {
      connections.push_back(FromProto(std::move(connection)));
    }
    if (response.next_after_id() == 0) return connections;
    if (response.next_after_id() <= request.after_id()) {
      return absl::InternalError("the server's list of connections has no end");
    }
    request.set_after_id(response.next_after_id());
  }
}

}  // namespace panvault::client
