// What this shows: calls that gRPC ends by itself are decided and recorded like
// all others, and tell a stranger nothing.

#include "server/stray_calls.h"

#include <future>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "server/rpc_table.h"
#include "tests/server/test_vault.h"

namespace panvault::server {
namespace {

using grpc::StatusCode;

constexpr char kGarbage[] = "\xff\xff\xff\xff 4111111111111111";
constexpr char kNoMethod[] = "/panvault.v1.TokenVaultService/4111111111111111";

grpc::Status Send(grpc::GenericStub& stub, const std::string& path,
                  const std::string& bytes) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  grpc::Slice slice(bytes);
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, path, {}, &request, &response,
                 [&done](grpc::Status status) { done.set_value(status); });
  return done.get_future().get();
}

class StrayCallsTest : public ::testing::Test {
 protected:
  grpc::Status SendAs(const std::string& id, const std::string& path,
                      const std::string& bytes) {
    grpc::GenericStub stub(vault_.ChannelAs(id));
    return Send(stub, path, bytes);
  }

  TestVault vault_;
};

TEST_F(StrayCallsTest, GarbageIsInvalidForEveryMethodAndRecorded) {
  grpc::GenericStub stub(vault_.ChannelAs(kPaymentId));
  size_t sent = 0;
  for (const RpcRow& row : RpcTable()) {
    const grpc::Status status = Send(stub, std::string(row.path), kGarbage);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << row.name;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_REQUEST_UNREADABLE);
    const auto lines = vault_.CallLines();
    ASSERT_EQ(lines.size(), ++sent);
    EXPECT_EQ(lines.back()["method"], std::string(row.name));
    EXPECT_EQ(lines.back()["caller"], kPaymentId);
    EXPECT_EQ(lines.back()["flow"], "payment-api");
    EXPECT_EQ(lines.back()["code"], "INVALID_ARGUMENT");
    EXPECT_EQ(lines.back()["reason"], "REQUEST_UNREADABLE");
  }
  EXPECT_EQ(vault_.Log().find("4111"), std::string::npos);
}

TEST_F(StrayCallsTest, UnknownMethodsAreRecordedWithoutTheirName) {
  const grpc::Status status = SendAs(kPaymentId, kNoMethod, "");
  EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_METHOD_UNKNOWN);
  ASSERT_EQ(vault_.CallLines().size(), 1u);
  const auto line = vault_.CallLines()[0];
  EXPECT_EQ(line["method"], "unknown");
  EXPECT_EQ(line["reason"], "METHOD_UNKNOWN");
  EXPECT_EQ(vault_.Log().find("4111"), std::string::npos);
}

TEST_F(StrayCallsTest, StrangersLearnNothing) {
  for (const auto& [path, bytes] :
       {std::pair<std::string, std::string>(kNoMethod, ""),
        {"/panvault.v1.TokenVaultService/Tokenize", kGarbage},
        {"/panvault.v1.KeyAdminService/ListKeyVersions", kGarbage}}) {
    const grpc::Status status = SendAs(kStrangerId, path, bytes);
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED) << path;
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CALLER_UNKNOWN) << path;
    EXPECT_EQ(vault_.CallLines().back()["caller"], kStrangerId);
  }
}

TEST_F(StrayCallsTest, TheirConnectionIsNoLongerQuiet) {
  grpc::GenericStub stub(vault_.ChannelAs(kReceiptsId));
  Send(stub, kNoMethod, "");
  const auto list = vault_.server().connections().List().connections;
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].spiffe_id, kReceiptsId);
  EXPECT_EQ(list[0].calls, 1u);
}

TEST_F(StrayCallsTest, LeaveServedCallsAlone) {
  const auto stub = vault_.VaultAs(kPaymentId);
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  v1::TokenizeResponse response;
  EXPECT_TRUE(
      CallOf(*stub, &v1::TokenVaultService::Stub::Tokenize, request, response)
          .ok());
  EXPECT_EQ(vault_.CallLines().size(), 1u);
}

}  // namespace
}  // namespace panvault::server
