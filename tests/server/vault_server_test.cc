// What this shows: the listener keeps its limits, serves the RPCs of the table
// and nothing else, and stops without breaking calls that are under way.

#include "server/vault_server.h"

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/limits.h"
#include "server/rpc_table.h"
#include "tests/server/test_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using Stub = v1::TokenVaultService::Stub;
using grpc::StatusCode;

v1::TokenizeRequest Request() {
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  return request;
}

TEST(VaultServer, TakenAddressIsAnError) {
  TestVault vault;
  AccessPolicyHolder access(
      AccessPolicy::Parse("access.yaml", "callers: []").value());
  JsonLog log(2);
  SvidVerifier svids(std::make_shared<const TrustBundles>());
  HandshakeGuard guard(svids, access, log, /*answer_unknown_callers=*/false);
  Metrics metrics;
  const auto second =
      VaultServer::Start({.listen = vault.server().address(),
                          .credentials = grpc::InsecureServerCredentials()},
                         {.guard = guard,
                          .svids = svids,
                          .access = access,
                          .keysets = vault.keysets(),
                          .log = log,
                          .metrics = metrics});
  EXPECT_THAT(second, testing::StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(second.status().message()),
              ::testing::HasSubstr(vault.server().address()));
}

TEST(VaultServer, RefusesMessagesOverItsLimit) {
  TestVault vault;
  const auto stub = vault.VaultAs(kPaymentId);
  v1::TokenizeRequest request = Request();
  request.set_context(std::string(kRequestBytesMax + 1, 'c'));
  v1::TokenizeResponse response;
  EXPECT_EQ(CallOf(*stub, &Stub::Tokenize, request, response).error_code(),
            StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(CallOf(*stub, &Stub::Tokenize, Request(), response).ok());
}

TEST(VaultServer, DoesNotUnpackCompressedMessages) {
  TestVault vault;
  const auto stub = vault.VaultAs(kPaymentId);
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  v1::TokenizeRequest request = Request();
  // Worth compressing: gRPC sends short messages as they are.
  request.set_context(std::string(1 << 20, 'c'));
  v1::TokenizeResponse response;
  EXPECT_EQ(stub->Tokenize(&context, request, &response).error_code(),
            StatusCode::UNIMPLEMENTED);
}

TEST(VaultServer, UnknownMethodsAndHealthAndReflectionAreNotServed) {
  TestVault vault;
  grpc::GenericStub stub(vault.ChannelAs(kPaymentId));
  std::vector<std::string> paths = {
      "/panvault.v1.TokenVaultService/Steal",
      "/panvault.v1.TokenVaultService/tokenize",
      "/panvault.v1.TokenVaultService/Tokenize/",
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
  for (const OpenRow& row : OpenTable()) paths.emplace_back(row.path);
  for (const std::string& path : paths) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    grpc::Slice empty;
    grpc::ByteBuffer request(&empty, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, path, {}, &request, &response,
                   [&done](grpc::Status status) { done.set_value(status); });
    EXPECT_EQ(done.get_future().get().error_code(), StatusCode::UNIMPLEMENTED)
        << path;
  }
}

TEST(VaultServer, MalformedMessageIsRefusedAndTheServerGoesOn) {
  TestVault vault;
  const auto channel = vault.ChannelAs(kPaymentId);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  grpc::Slice garbage(std::string("\xff\xff\xff\xff not protobuf"));
  grpc::ByteBuffer request(&garbage, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/panvault.v1.TokenVaultService/Tokenize", {},
                 &request, &response,
                 [&done](grpc::Status status) { done.set_value(status); });
  EXPECT_EQ(done.get_future().get().error_code(), StatusCode::INVALID_ARGUMENT);
  const auto typed = v1::TokenVaultService::NewStub(channel);
  v1::TokenizeResponse answer;
  EXPECT_TRUE(CallOf(*typed, &Stub::Tokenize, Request(), answer).ok());
}

TEST(VaultServer, StopLetsCallsFinishAndTakesNoNewOnes) {
  TestVault vault({.batch_threads = 1});
  std::promise<void> entered;
  std::promise<void> release;
  std::atomic<bool> first{true};
  vault.store().SetHook([&] {
    if (!first.exchange(false)) return;
    entered.set_value();
    release.get_future().wait();
  });
  // Waits for the store, on the worker.
  std::future<grpc::Status> under_way =
      std::async(std::launch::async, [&vault] {
        v1::TokenizeRequest request = Request();
        request.set_profile("ghost");
        v1::TokenizeResponse response;
        const auto stub = vault.VaultAs(kPaymentId);
        return CallOf(*stub, &Stub::Tokenize, request, response);
      });
  entered.get_future().wait();
  std::thread stopping([&vault] { vault.server().Stop(absl::Seconds(30)); });
  const auto stub = vault.VaultAs(kPaymentId);
  v1::TokenizeResponse response;
  // Until the listener has closed, a call may still get through.
  grpc::Status late;
  for (int i = 0; i < 500; ++i) {
    late = CallOf(*stub, &Stub::Tokenize, Request(), response);
    if (!late.ok()) break;
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(late.error_code(), StatusCode::UNAVAILABLE);
  release.set_value();
  stopping.join();
  EXPECT_EQ(ReasonOf(under_way.get()), v1::ERROR_REASON_PROFILE_UNKNOWN);
}

}  // namespace
}  // namespace panvault::server
