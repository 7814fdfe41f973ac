// What this shows: a health server's answer arrives, over TCP and unix sockets,
// and whatever is no answer is an error, soon.

#include "server/health_client.h"

#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "server/health_server.h"
#include "server/listen_socket.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

// For answers, on a busy machine.
constexpr absl::Duration kPatience = absl::Seconds(30);

TEST(AskHealth, TellsWhatTheServerSays) {
  for (const std::string& address :
       {std::string("127.0.0.1:0"), std::string("[::1]:0"),
        absl::StrCat("unix:/tmp/panvault-ask-health-", getpid())}) {
    ASSERT_OK_AND_ASSIGN(auto server, HealthServer::Start(address));
    ASSERT_OK_AND_ASSIGN(const Health before,
                         AskHealth(server->address(), kPatience));
    EXPECT_EQ(before, Health::kNotServing) << address;
    server->SetServing(true);
    ASSERT_OK_AND_ASSIGN(const Health after,
                         AskHealth(server->address(), kPatience));
    EXPECT_EQ(after, Health::kServing) << address;
  }
}

TEST(AskHealth, NobodyThereIsAnErrorAtOnce) {
  ASSERT_OK_AND_ASSIGN(auto server, HealthServer::Start("127.0.0.1:0"));
  const std::string address = server->address();
  server.reset();
  const auto health = AskHealth(address, kPatience);
  ASSERT_THAT(health, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(health.status().message()), HasSubstr(address));
}

TEST(AskHealth, WaitsNoLongerThanItIsTold) {
  // Takes connections, and says nothing.
  ASSERT_OK_AND_ASSIGN(const ListenSocket silent, Listen("127.0.0.1:0"));
  const absl::Time before = absl::Now();
  EXPECT_THAT(AskHealth(silent.address, absl::Milliseconds(300)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - before, absl::Seconds(20));
}

TEST(AskHealth, AnotherServiceIsNoAnswer) {
  grpc::CallbackGenericService unimplemented;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterCallbackGenericService(&unimplemented);
  const auto server = builder.BuildAndStart();
  EXPECT_THAT(AskHealth(absl::StrCat("127.0.0.1:", port), kPatience),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(AskHealth, PortZeroNamesNoServer) {
  EXPECT_THAT(AskHealth("127.0.0.1:0"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(AskHealth("[::1]:0"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(AskHealth, GoesThroughNoProxy) {
  ASSERT_OK_AND_ASSIGN(auto server, HealthServer::Start("127.0.0.1:0"));
  setenv("http_proxy", "http://127.0.0.1:1", /*replace=*/1);
  const auto health = AskHealth(server->address(), kPatience);
  unsetenv("http_proxy");
  ASSERT_OK_AND_ASSIGN(const Health answer, health);
  EXPECT_EQ(answer, Health::kNotServing);
}

}  // namespace
}  // namespace panvault::server
