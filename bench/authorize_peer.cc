#include "bench/authorize_peer.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
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

std::shared_ptr<const grpc::AuthContext> ShownByGrpc(const Identities& from) {
  Witness witness;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", ServerEnd(from), &port);
  builder.RegisterService(&witness);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  CheckOk(server != nullptr, "the server did not start");

  grpc::ChannelArguments arguments;
  ExpectServer(arguments);
  const auto stub = v1::NullService::NewStub(grpc::CreateCustomChannel(
      absl::StrCat("127.0.0.1:", port), CallingEnd(from), arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  panvault::v1::TokenizeResponse response;
  CheckOk(
      stub->Tokenize(&context, panvault::v1::TokenizeRequest(), &response).ok(),
      "the call failed");
  server->Shutdown();
  return witness.shown();
}

}  // namespace panvault::bench
