#include "tests/client/fake_vault.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "panvault/v1/key_admin.grpc.pb.h"
#include "panvault/v1/server_admin.grpc.pb.h"
#include "panvault/v1/token_vault.grpc.pb.h"
#include "tests/client/fake_digits.h"

namespace panvault::client {
namespace {

using grpc::ServerContext;
using grpc::Status;

void Refuse(v1::ErrorReason reason, v1::ItemError* error) {
  error->set_code(grpc::StatusCode::INVALID_ARGUMENT);
  error->mutable_detail()->set_reason(reason);
}

}  // namespace

Status RpcError(grpc::StatusCode code, v1::ErrorReason reason,
                const std::string& message) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  detail.set_field("the_field");
  detail.set_limit("the limit");
  v1::RpcStatus details;
  details.set_code(code);
  details.set_message(message);
  details.add_details()->PackFrom(detail);
  return Status(code, message, details.SerializeAsString());
}

struct FakeVault::Services {
  struct Vault final : v1::TokenVaultService::Service {
    explicit Vault(Services* services) : all(*services) {}
    Status Tokenize(ServerContext* context, const v1::TokenizeRequest* request,
                    v1::TokenizeResponse* response) override;
    Status Detokenize(ServerContext* context,
                      const v1::DetokenizeRequest* request,
                      v1::DetokenizeResponse* response) override;
    Status BatchTokenize(ServerContext* context,
                         const v1::BatchTokenizeRequest* request,
                         v1::BatchTokenizeResponse* response) override;
    Status BatchDetokenize(ServerContext* context,
                           const v1::BatchDetokenizeRequest* request,
                           v1::BatchDetokenizeResponse* response) override;
    Status BulkTokenize(ServerContext* context,
                        const v1::BulkTokenizeRequest* request,
                        v1::BulkTokenizeResponse* response) override;
    Status BulkDetokenize(ServerContext* context,
                          const v1::BulkDetokenizeRequest* request,
                          v1::BulkDetokenizeResponse* response) override;
    Status ValidateToken(ServerContext* context,
                         const v1::ValidateTokenRequest* request,
                         v1::ValidateTokenResponse* response) override;
    Services& all;
  };

  struct KeyAdmin final : v1::KeyAdminService::Service {
    explicit KeyAdmin(Services* services) : all(*services) {}
    Status CreateTokenProfile(
        ServerContext* context, const v1::CreateTokenProfileRequest* request,
        v1::CreateTokenProfileResponse* response) override;
    Status GetTokenProfile(ServerContext* context,
                           const v1::GetTokenProfileRequest* request,
                           v1::GetTokenProfileResponse* response) override;
    Status ListTokenProfiles(ServerContext* context,
                             const v1::ListTokenProfilesRequest* request,
                             v1::ListTokenProfilesResponse* response) override;
    Status ListKeyVersions(ServerContext* context,
                           const v1::ListKeyVersionsRequest* request,
                           v1::ListKeyVersionsResponse* response) override;
    Services& all;
  };

  struct ServerAdmin final : v1::ServerAdminService::Service {
    explicit ServerAdmin(Services* services) : all(*services) {}
    Status ListConnections(ServerContext* context,
                           const v1::ListConnectionsRequest* request,
                           v1::ListConnectionsResponse* response) override;
    Services& all;
  };

  explicit Services(Options all_options)
      : options(std::move(all_options)),
        vault(this),
        key_admin(this),
        server_admin(this) {}

  Status Begin(const std::string& method, ServerContext* context) {
    int earlier = 0;
    {
      const std::lock_guard lock(mutex);
      earlier = calls[method]++;
      peer = context->peer();
      const auto auth = context->auth_context();
      const auto id = auth->FindPropertyValues("peer_spiffe_id");
      caller = id.empty() ? "" : std::string(id[0].data(), id[0].size());
      const auto pem = auth->FindPropertyValues("x509_pem_cert");
      certificate =
          pem.empty() ? "" : std::string(pem[0].data(), pem[0].size());
    }
    return options.script ? options.script(method, earlier) : Status::OK;
  }

  void Note(Asked now) {
    const std::lock_guard lock(mutex);
    asked = std::move(now);
  }

  const Options options;
  Vault vault;
  KeyAdmin key_admin;
  ServerAdmin server_admin;
  std::mutex mutex;  // Guards the rest.
  std::map<std::string, int> calls;
  Asked asked;
  std::string caller;
  std::string peer;
  std::string certificate;
};

using Services = FakeVault::Services;

Status Services::Vault::Tokenize(ServerContext* context,
                                 const v1::TokenizeRequest* request,
                                 v1::TokenizeResponse* response) {
  if (Status s = all.Begin("Tokenize", context); !s.ok()) return s;
  all.Note({request->profile(), request->context()});
  if (const auto reason = CheckPan(request->pan()); reason != 0) {
    return RpcError(grpc::StatusCode::INVALID_ARGUMENT, reason, "refused");
  }
  response->set_token(NinesComplement(request->pan()));
  response->set_key_version(1);
  return Status::OK;
}

Status Services::Vault::Detokenize(ServerContext* context,
                                   const v1::DetokenizeRequest* request,
                                   v1::DetokenizeResponse* response) {
  if (Status s = all.Begin("Detokenize", context); !s.ok()) return s;
  all.Note({request->profile(), request->context(), request->key_version()});
  response->set_pan(
      Revealed(NinesComplement(request->token()), request->reveal()));
  return Status::OK;
}

Status Services::Vault::BatchTokenize(ServerContext* context,
                                      const v1::BatchTokenizeRequest* request,
                                      v1::BatchTokenizeResponse* response) {
  if (Status s = all.Begin("BatchTokenize", context); !s.ok()) return s;
  for (const auto& item : request->items()) {
    all.Note({request->profile(), item.context()});
    auto* result = response->add_results();
    if (const auto reason = CheckPan(item.pan()); reason != 0) {
      Refuse(reason, result->mutable_error());
      continue;
    }
    result->mutable_tokenized()->set_token(NinesComplement(item.pan()));
    result->mutable_tokenized()->set_key_version(3);
    result->mutable_tokenized()->set_key_version_required(
        request->profile() == all.options.floor_profile);
  }
  return Status::OK;
}

Status Services::Vault::BatchDetokenize(
    ServerContext* context, const v1::BatchDetokenizeRequest* request,
    v1::BatchDetokenizeResponse* response) {
  if (Status s = all.Begin("BatchDetokenize", context); !s.ok()) return s;
  for (const auto& item : request->items()) {
    all.Note({request->profile(), item.context(), item.key_version()});
    auto* result = response->add_results();
    const bool floor = request->profile() == all.options.floor_profile;
    auto reason = CheckToken(item.token());
    if (floor && item.key_version() == 0) {
      reason = v1::ERROR_REASON_KEY_VERSION_REQUIRED;
    }
    if (reason != 0) {
      Refuse(reason, result->mutable_error());
      continue;
    }
    result->mutable_detokenized()->set_pan(
        Revealed(NinesComplement(item.token()), request->reveal()));
  }
  return Status::OK;
}

Status Services::Vault::BulkTokenize(ServerContext* context,
                                     const v1::BulkTokenizeRequest* request,
                                     v1::BulkTokenizeResponse* response) {
  if (Status s = all.Begin("BulkTokenize", context); !s.ok()) return s;
  for (const auto& column : request->columns()) {
    auto* added = response->add_columns();
    added->set_width(column.width());
    added->set_digits(NinesComplement(column.digits()));
  }
  v1::BulkItemError* error = response->add_errors();
  error->set_column(0);
  error->set_index(1);
  Refuse(v1::ERROR_REASON_PAN_LUHN, error->mutable_error());
  response->set_key_version(7);
  return Status::OK;
}

Status Services::Vault::BulkDetokenize(ServerContext* context,
                                       const v1::BulkDetokenizeRequest* request,
                                       v1::BulkDetokenizeResponse* response) {
  if (Status s = all.Begin("BulkDetokenize", context); !s.ok()) return s;
  for (const auto& column : request->columns()) {
    auto* added = response->add_columns();
    added->set_width(column.width());
    added->set_digits(NinesComplement(column.digits()));
  }
  return Status::OK;
}

Status Services::Vault::ValidateToken(ServerContext* context,
                                      const v1::ValidateTokenRequest* request,
                                      v1::ValidateTokenResponse* response) {
  if (Status s = all.Begin("ValidateToken", context); !s.ok()) return s;
  response->set_plausible(!PassesLuhn(request->token()));
  response->set_key_version(response->plausible() ? 1 : 0);
  return Status::OK;
}

namespace {

void FillProfile(const std::string& name, v1::TokenProfile* profile) {
  profile->set_name(name);
  profile->set_scheme(v1::TOKEN_SCHEME_FF1);
  profile->set_kept(v1::KEPT_DIGITS_LAST4);
  profile->mutable_create_time()->set_seconds(1'700'000'000);
  for (uint32_t n = 12; n <= 19; ++n) profile->add_pan_lengths(n);
}

}  // namespace

Status Services::KeyAdmin::CreateTokenProfile(
    ServerContext* context, const v1::CreateTokenProfileRequest* request,
    v1::CreateTokenProfileResponse* response) {
  if (Status s = all.Begin("CreateTokenProfile", context); !s.ok()) return s;
  FillProfile(request->profile().name(), response->mutable_profile());
  response->mutable_profile()->set_kept(request->profile().kept());
  response->mutable_profile()->set_allow_floor(
      request->profile().allow_floor());
  return Status::OK;
}

Status Services::KeyAdmin::GetTokenProfile(
    ServerContext* context, const v1::GetTokenProfileRequest* request,
    v1::GetTokenProfileResponse* response) {
  if (Status s = all.Begin("GetTokenProfile", context); !s.ok()) return s;
  if (request->name() == "nowhere") {
    return RpcError(grpc::StatusCode::NOT_FOUND,
                    v1::ERROR_REASON_PROFILE_UNKNOWN, "no such profile");
  }
  FillProfile(request->name(), response->mutable_profile());
  return Status::OK;
}

Status Services::KeyAdmin::ListTokenProfiles(
    ServerContext* context, const v1::ListTokenProfilesRequest* /*request*/,
    v1::ListTokenProfilesResponse* response) {
  if (Status s = all.Begin("ListTokenProfiles", context); !s.ok()) return s;
  FillProfile("a", response->add_profiles());
  FillProfile("b", response->add_profiles());
  return Status::OK;
}

Status Services::KeyAdmin::ListKeyVersions(
    ServerContext* context, const v1::ListKeyVersionsRequest* /*request*/,
    v1::ListKeyVersionsResponse* response) {
  if (Status s = all.Begin("ListKeyVersions", context); !s.ok()) return s;
  v1::KeyVersion* version = response->add_key_versions();
  version->set_version(1);
  version->set_state(v1::KEY_VERSION_STATE_ENABLED);
  version->set_primary(true);
  version->set_kek_id("file:abc");
  version->set_usable(true);
  return Status::OK;
}

// Five connections, in answers of two; the third has had no call.
Status Services::ServerAdmin::ListConnections(
    ServerContext* context, const v1::ListConnectionsRequest* request,
    v1::ListConnectionsResponse* response) {
  if (Status s = all.Begin("ListConnections", context); !s.ok()) return s;
  constexpr uint64_t kOpen = 5;
  for (uint64_t id = request->after_id() + 1;
       id <= kOpen && response->connections_size() < 2; ++id) {
    v1::Connection* connection = response->add_connections();
    connection->set_id(id);
    connection->set_peer(absl::StrCat("ipv4:10.0.0.", id, ":40000"));
    connection->mutable_since()->set_seconds(1'700'000'000);
    if (id == 3) continue;
    connection->set_spiffe_id("spiffe://fake.test/sa/till");
    connection->set_serial("4f2a");
    connection->set_calls(7);
  }
  const uint64_t last = request->after_id() + 2;
  if (all.options.endless_list) {
    response->set_next_after_id(2);
  } else if (last < kOpen) {
    response->set_next_after_id(last);
  }
  return Status::OK;
}

FakeVault::FakeVault(const TestAuthority& authority, Options options)
    : services_(std::make_unique<Services>(std::move(options))) {
  const crypto::IssuedSvid svid = authority.Issue(services_->options.spiffe_id);
  grpc::SslServerCredentialsOptions tls(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = authority.bundle_pem();
  tls.pem_key_cert_pairs.push_back({KeyPem(svid), svid.certificate_pem});
  grpc::ServerBuilder builder;
  builder.AddListeningPort(services_->options.address,
                           grpc::SslServerCredentials(tls), &port_);
  builder.RegisterService(&services_->vault);
  builder.RegisterService(&services_->key_admin);
  builder.RegisterService(&services_->server_admin);
  server_ = builder.BuildAndStart();
}

FakeVault::~FakeVault() { Stop(); }

void FakeVault::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
  server_->Wait();
  server_.reset();
}

std::string FakeVault::address() const {
  return absl::StrCat("127.0.0.1:", port_);
}

int FakeVault::calls(const std::string& method) const {
  const std::lock_guard lock(services_->mutex);
  return services_->calls[method];
}

Asked FakeVault::last_asked() const {
  const std::lock_guard lock(services_->mutex);
  return services_->asked;
}

std::string FakeVault::last_caller() const {
  const std::lock_guard lock(services_->mutex);
  return services_->caller;
}

std::string FakeVault::last_certificate() const {
  const std::lock_guard lock(services_->mutex);
  return services_->certificate;
}

std::string FakeVault::last_peer() const {
  const std::lock_guard lock(services_->mutex);
  return services_->peer;
}

FakeSetup::FakeSetup(FakeVault::Options options)
    : files(authority.WriteIdentity(dir.path(), kClientId)),
      vault(authority, std::move(options)) {}

ClientOptions FakeSetup::OptionsFor(const std::string& address) const {
  ClientOptions options;
  options.channel = {address, files, kServerId};
  return options;
}

std::unique_ptr<Client> FakeSetup::MakeClient() const {
  return Client::Create(OptionsFor(vault.address())).value();
}

}  // namespace panvault::client
