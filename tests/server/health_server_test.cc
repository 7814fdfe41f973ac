// What this shows: gRPC health answers on its own address, NOT_SERVING until it
// is told otherwise, and only there.

#include "server/health_server.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"
#include "gtest/gtest.h"
#include "server/rpc_table.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

constexpr int kServing = 1;  // grpc.health.v1.HealthCheckResponse.
constexpr int kNotServing = 2;

// The service's status, or minus the gRPC code. The two messages of health.v1
// are short enough to write by hand: field 1 is the name, or the status.
int Ask(const std::string& address, const std::string& service,
        const std::string& path = "/grpc.health.v1.Health/Check") {
  auto channel =
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  std::string bytes;
  if (!service.empty()) {
    bytes = absl::StrCat(
        "\x0a", std::string(1, static_cast<char>(service.size())), service);
  }
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer reply;
  grpc::CompletionQueue queue;
  auto call = stub.PrepareUnaryCall(&context, path, request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  if (!status.ok()) return -static_cast<int>(status.error_code());
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(reply.Dump(&slices).ok());
  std::string text;
  for (const auto& part : slices) {
    text.append(reinterpret_cast<const char*>(part.begin()), part.size());
  }
  EXPECT_EQ(text.size(), 2u);
  return text.size() == 2 ? text[1] : 0;
}

TEST(HealthServerTest, SaysNotServingUntilToldOtherwise) {
  ASSERT_OK_AND_ASSIGN(auto health, HealthServer::Start("127.0.0.1:0"));
  EXPECT_EQ(Ask(health->address(), ""), kNotServing);
  health->SetServing(true);
  EXPECT_EQ(Ask(health->address(), ""), kServing);
  EXPECT_EQ(Ask(health->address(), "panvault.v1.TokenVaultService"), kServing);
  EXPECT_EQ(Ask(health->address(), "panvault.v1.KeyAdminService"), kServing);
  EXPECT_EQ(Ask(health->address(), "panvault.v1.ServerAdminService"), kServing);
  health->SetServing(false);
  EXPECT_EQ(Ask(health->address(), ""), kNotServing);
  EXPECT_EQ(Ask(health->address(), "panvault.v1.TokenVaultService"),
            kNotServing);
}

TEST(HealthServerTest, ServesItsRowsOfTheOpenTableAndNoRpc) {
  ASSERT_OK_AND_ASSIGN(auto health, HealthServer::Start("127.0.0.1:0"));
  constexpr int kUnimplemented =
      -static_cast<int>(grpc::StatusCode::UNIMPLEMENTED);
  size_t open = 0;
  for (const OpenRow& row : OpenTable()) {
    // Watch is a stream, which ends with an error when read as one answer.
    const int answer = Ask(health->address(), "", std::string(row.path));
    EXPECT_EQ(answer != kUnimplemented, row.listener == OpenListener::kHealth)
        << row.path;
    open += answer != kUnimplemented;
  }
  EXPECT_EQ(open, 2u);
  for (const RpcRow& row : RpcTable()) {
    EXPECT_EQ(Ask(health->address(), "", std::string(row.path)), kUnimplemented)
        << row.path;
  }
  for (const char* other :
       {"/grpc.health.v1.Health/List",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/grpc.channelz.v1.Channelz/GetServers"}) {
    EXPECT_EQ(Ask(health->address(), "", other), kUnimplemented) << other;
  }
}

TEST(HealthServerTest, RefusesUnknownServices) {
  ASSERT_OK_AND_ASSIGN(auto health, HealthServer::Start("127.0.0.1:0"));
  EXPECT_EQ(Ask(health->address(), "no.such.Service"),
            -static_cast<int>(grpc::StatusCode::NOT_FOUND));
}

TEST(HealthServerTest, ListensOnAUnixSocket) {
  const std::string path = absl::StrCat("/tmp/panvault-health-", getpid());
  ASSERT_OK_AND_ASSIGN(auto health,
                       HealthServer::Start(absl::StrCat("unix:", path)));
  health->SetServing(true);
  EXPECT_EQ(Ask(health->address(), ""), kServing);
  health.reset();
  unlink(path.c_str());
}

TEST(HealthServerTest, SaysWhichAddressIsTaken) {
  ASSERT_OK_AND_ASSIGN(auto first, HealthServer::Start("127.0.0.1:0"));
  const auto second = HealthServer::Start(first->address());
  ASSERT_THAT(second, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(second.status().message()),
              ::testing::HasSubstr(first->address()));
}

TEST(HealthServerTest, LeavesHealthOffForOtherServers) {
  ASSERT_OK_AND_ASSIGN(auto health, HealthServer::Start("127.0.0.1:0"));
  EXPECT_FALSE(grpc::DefaultHealthCheckServiceEnabled());
}

}  // namespace
}  // namespace panvault::server
