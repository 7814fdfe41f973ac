// What this shows: the channel's settings come from the caller and from nowhere
// else, and two channels never share a connection.

#include "client/channel.h"

#include <stdlib.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "panvault/v1/token_vault.grpc.pb.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

// Calls Tokenize once, without any retry of our own; returns gRPC's status and
// the server's view of us in `peer`.
grpc::Status CallOnce(const std::shared_ptr<grpc::Channel>& channel) {
  v1::TokenVaultService::Stub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  v1::TokenizeRequest request;
  request.set_pan("4111111111111111");
  v1::TokenizeResponse response;
  return stub.Tokenize(&context, request, &response);
}

TEST(Channel, NeedsATarget) {
  EXPECT_THAT(OpenChannel({}),
              testing::StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Channel, IgnoresTheProxyOfTheEnvironment) {
  const FakeSetup setup;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("grpc_proxy", "http://127.0.0.1:1", 1);
  ASSERT_OK_AND_ASSIGN(
      const auto channel,
      OpenChannel(setup.OptionsFor(setup.vault.address()).channel));
  EXPECT_TRUE(CallOnce(channel).ok());
  unsetenv("http_proxy");
  unsetenv("grpc_proxy");
}

TEST(Channel, DoesNotRetryByItself) {
  const FakeSetup setup(
      FakeVault::Options{.script = [](const std::string&, int) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
      }});
  ASSERT_OK_AND_ASSIGN(
      const auto channel,
      OpenChannel(setup.OptionsFor(setup.vault.address()).channel));
  EXPECT_EQ(CallOnce(channel).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(setup.vault.calls("Tokenize"), 1);
}

TEST(Channel, HasAConnectionOfItsOwn) {
  const FakeSetup setup;
  const ChannelOptions options =
      setup.OptionsFor(setup.vault.address()).channel;
  ASSERT_OK_AND_ASSIGN(const auto first, OpenChannel(options));
  ASSERT_OK_AND_ASSIGN(const auto second, OpenChannel(options));
  EXPECT_TRUE(CallOnce(first).ok());
  const std::string first_peer = setup.vault.last_peer();
  EXPECT_TRUE(CallOnce(second).ok());
  EXPECT_NE(setup.vault.last_peer(), first_peer);
}

}  // namespace
}  // namespace panvault::client
