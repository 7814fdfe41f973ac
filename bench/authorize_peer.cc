#include "bench/authorize_peer.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/null.grpc.pb.h"
#include "grpcpp/grpcpp.h"

namespace panvault::bench {
namespace {

constexpr char kServerDnsName[] = "panvaultd.bench.panvault.internal";

void CheckOk(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "benchmark: TLS: %s\n", what);
  std::abort();
}

// Has one call, and leaves it unanswered until told.
class Holder final : public v1::NullService::CallbackService {
 public:
  struct Call {
    grpc::CallbackServerContext* context;
    grpc::ServerUnaryReactor* reactor;
  };

  grpc::ServerUnaryReactor* Tokenize(
      grpc::CallbackServerContext* context,
      const panvault::v1::TokenizeRequest* /*request*/,
      panvault::v1::TokenizeResponse* /*response*/) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    call_.set_value({context, reactor});
    return reactor;
  }

  std::future<Call> call() { return call_.get_future(); }

 private:
  std::promise<Call> call_;
};

std::string KeyOf(const crypto::IssuedSvid& svid) {
  const auto key = svid.private_key_pem.ExposeSecret();
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

}  // namespace

std::string IdOf(int caller) {
  return absl::StrCat("spiffe://", kTrustDomain, "/ns/team-", caller,
                      "/sa/payment-api-", caller);
}

Identities IssueIdentities() {
  const int64_t now_s = absl::ToUnixSeconds(absl::Now());
  const crypto::Validity validity = {now_s - 60, now_s + 86400};
  const auto issuer = crypto::X509Issuer::Create(kTrustDomain, validity);
  CheckOk(issuer.ok(), "no CA");
  auto server =
      issuer->IssueSvid(absl::StrCat("spiffe://", kTrustDomain, "/panvaultd"),
                        validity, kServerDnsName);
  CheckOk(server.ok(), "no certificate for the server");
  Identities identities{issuer->bundle_pem(), *std::move(server), {}};
  for (int i = 0; i < kIdentities; ++i) {
    auto caller = issuer->IssueSvid(IdOf(i), validity);
    CheckOk(caller.ok(), "no certificate for a caller");
    identities.callers.push_back(*std::move(caller));
  }
  return identities;
}

std::shared_ptr<grpc::ServerCredentials> ServerEnd(const Identities& from) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = from.bundle_pem;
  options.pem_key_cert_pairs.push_back(
      {KeyOf(from.server), from.server.certificate_pem});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> CallingEnd(const Identities& from) {
  return grpc::SslCredentials(
      {from.bundle_pem, KeyOf(from.calling()), from.calling().certificate_pem});
}

void ExpectServer(grpc::ChannelArguments& arguments) {
  arguments.SetSslTargetNameOverride(kServerDnsName);
}

struct LiveCall::Ends {
  Holder holder;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<v1::NullService::Stub> stub;
  grpc::ClientContext client_context;
  panvault::v1::TokenizeRequest request;
  panvault::v1::TokenizeResponse response;
  std::promise<bool> done;
  Holder::Call call = {};
};

LiveCall::LiveCall(const Identities& from) : ends_(new Ends) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", ServerEnd(from), &port);
  builder.RegisterService(&ends_->holder);
  ends_->server = builder.BuildAndStart();
  CheckOk(ends_->server != nullptr, "the server did not start");

  grpc::ChannelArguments arguments;
  ExpectServer(arguments);
  ends_->stub = v1::NullService::NewStub(grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", port), CallingEnd(from), arguments));
  std::future<Holder::Call> call = ends_->holder.call();
  ends_->stub->async()->Tokenize(&ends_->client_context, &ends_->request,
                                 &ends_->response,
                                 [this](const grpc::Status& status) {
                                   ends_->done.set_value(status.ok());
                                 });
  CheckOk(call.wait_for(std::chrono::seconds(10)) == std::future_status::ready,
          "the call did not arrive");
  ends_->call = call.get();
}

LiveCall::~LiveCall() {
  std::future<bool> done = ends_->done.get_future();
  ends_->call.reactor->Finish(grpc::Status::OK);
  CheckOk(done.get(), "the call failed");
  ends_->server->Shutdown();
}

grpc::CallbackServerContext& LiveCall::context() const {
  return *ends_->call.context;
}

}  // namespace panvault::bench
