#include "bench/authorize_peer.h"

#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/null.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace panvault::bench {
namespace {

// Keeps what the last call was shown.
class Witness final : public v1::NullService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Tokenize(
      grpc::CallbackServerContext* context,
      const panvault::v1::TokenizeRequest* /*request*/,
      panvault::v1::TokenizeResponse* /*response*/) override {
    shown_ = context->auth_context();
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  std::shared_ptr<const grpc::AuthContext> shown() const { return shown_; }

 private:
  std::shared_ptr<const grpc::AuthContext> shown_;
};

std::string KeyOf(const crypto::IssuedSvid& svid) {
  const auto key = svid.private_key_pem.ExposeSecret();
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

std::shared_ptr<grpc::ServerCredentials> ServerEnd(
    const crypto::IssuedSvid& server, const std::string& bundle_pem) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = bundle_pem;
  options.pem_key_cert_pairs.push_back({KeyOf(server), server.certificate_pem});
  return grpc::SslServerCredentials(options);
}

}  // namespace

std::shared_ptr<const grpc::AuthContext> ShownByGrpc(
    const crypto::IssuedSvid& caller, const crypto::IssuedSvid& server,
    const std::string& bundle_pem) {
  Witness witness;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", ServerEnd(server, bundle_pem), &port);
  builder.RegisterService(&witness);
  const std::unique_ptr<grpc::Server> running = builder.BuildAndStart();
  if (running == nullptr) return nullptr;

  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(kServerDnsName);
  const auto stub = v1::NullService::NewStub(grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", port),
      grpc::SslCredentials({bundle_pem, KeyOf(caller), caller.certificate_pem}),
      arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  panvault::v1::TokenizeResponse response;
  const grpc::Status status =
      stub->Tokenize(&context, panvault::v1::TokenizeRequest(), &response);
  running->Shutdown();
  return status.ok() ? witness.shown() : nullptr;
}

}  // namespace panvault::bench
