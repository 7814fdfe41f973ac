#include "tests/bench/bench_server.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/token_vault.grpc.pb.h"

namespace panvault::bench {
namespace {

using grpc::ServerContext;
using grpc::Status;

void Refuse(panvault::v1::ItemError* error) {
  error->set_code(grpc::StatusCode::INVALID_ARGUMENT);
  error->mutable_detail()->set_reason(panvault::v1::ERROR_REASON_PAN_LUHN);
}

}  // namespace

class BenchServer::Vault final
    : public panvault::v1::TokenVaultService::Service {
 public:
  explicit Vault(Options options) : options_(std::move(options)) {}

  Status Tokenize(ServerContext* /*context*/,
                  const panvault::v1::TokenizeRequest* request,
                  panvault::v1::TokenizeResponse* response) override {
    response->set_token(request->pan());
    return Begin();
  }

  Status BatchTokenize(ServerContext* /*context*/,
                       const panvault::v1::BatchTokenizeRequest* request,
                       panvault::v1::BatchTokenizeResponse* response) override {
    for (const auto& item : request->items()) {
      response->add_results()->mutable_tokenized()->set_token(item.pan());
    }
    if (options_.refuse_first_item) {
      Refuse(response->mutable_results(0)->mutable_error());
    }
    if (options_.drop_last_item) response->mutable_results()->RemoveLast();
    return Begin();
  }

  Status BulkTokenize(ServerContext* /*context*/,
                      const panvault::v1::BulkTokenizeRequest* request,
                      panvault::v1::BulkTokenizeResponse* response) override {
    *response->mutable_columns() = request->columns();
    if (options_.refuse_first_item) {
      Refuse(response->add_errors()->mutable_error());
    }
    if (options_.drop_last_item) {
      auto* const last =
          response->mutable_columns(response->columns_size() - 1);
      last->mutable_digits()->resize(last->digits().size() - last->width());
    }
    return Begin();
  }

  int calls() const { return calls_; }

 private:
  Status Begin() {
    const int earlier = calls_++;
    return options_.script ? options_.script(earlier) : Status::OK;
  }

  const Options options_;
  std::atomic<int> calls_ = 0;
};

BenchServer::BenchServer(Options options)
    : files_(authority_.WriteIdentity(dir_.path(), client::kClientId)),
      vault_(std::make_unique<Vault>(std::move(options))) {
  const crypto::IssuedSvid svid = authority_.Issue(client::kServerId);
  grpc::SslServerCredentialsOptions tls(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = authority_.bundle_pem();
  tls.pem_key_cert_pairs.push_back(
      {client::KeyPem(svid), svid.certificate_pem});
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls),
                           &port);
  builder.RegisterService(vault_.get());
  builder.RegisterService(&null_service_);
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

BenchServer::~BenchServer() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

client::ChannelOptions BenchServer::channel_options() const {
  return {address_, files_, client::kServerId};
}

std::vector<std::shared_ptr<grpc::Channel>> BenchServer::OpenChannels(
    size_t count) const {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (size_t i = 0; i < count; ++i) {
    channels.push_back(client::OpenChannel(channel_options()).value());
  }
  return channels;
}

int BenchServer::calls() const { return vault_->calls(); }

}  // namespace panvault::bench
