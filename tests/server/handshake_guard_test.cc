// What this shows: by default a stranger with a good certificate is refused at
// the handshake, which the log tells with the name and the reason; for bringing
// a system up it may be answered instead.

#include "server/handshake_guard.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/raw_tls_client.h"
#include "tests/server/test_vault.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

grpc::Status Call(const TestVault& vault, const std::string& id) {
  const auto stub = vault.VaultAs(id);
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  v1::TokenizeResponse response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  return stub->Tokenize(&context, request, &response);
}

TEST(HandshakeGuard, RefusesStrangersAndSaysWhoInTheLog) {
  TestVaultOptions options;
  options.answer_unknown_callers = false;
  const TestVault vault(options);
  EXPECT_EQ(Call(vault, kStrangerId).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Call(vault, kPaymentId).ok());
  const std::string log = vault.Log();
  EXPECT_THAT(log, HasSubstr("\"event\":\"connection_refused\""));
  EXPECT_THAT(log, HasSubstr(std::string("\"caller\":\"") + kStrangerId));
  EXPECT_THAT(log, HasSubstr("\"reason\":\"CALLER_UNKNOWN\""));
  EXPECT_TRUE(vault.CallLines().size() == 1) << "only the call that was served";
}

TEST(HandshakeGuard, AnswersStrangersWhenAsked) {
  const TestVault vault;
  EXPECT_EQ(Call(vault, kStrangerId).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(vault.Log(), Not(HasSubstr("connection_refused")));
}

TEST(HandshakeGuard, GoesByTheListInForce) {
  TestVaultOptions options;
  options.answer_unknown_callers = false;
  TestVault vault(options);
  EXPECT_TRUE(Call(vault, kPaymentId).ok());
  vault.access().Swap(
      AccessPolicy::Parse("access.yaml", "callers: []\n").value());
  EXPECT_EQ(Call(vault, kPaymentId).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

// Removing a CA ends what its certificates may do on connections that are open.
TEST(HandshakeGuard, LeavesOpenConnectionsNothingOnceTheirCaIsGone) {
  TestVault vault;
  const auto stub = vault.VaultAs(kPaymentId);
  v1::ValidateTokenRequest request;
  request.set_profile("cards");
  request.set_token("4111111111111112");
  v1::ValidateTokenResponse response;
  using Stub = v1::TokenVaultService::Stub;
  EXPECT_TRUE(CallOf(*stub, &Stub::ValidateToken, request, response).ok());
  vault.svids().Swap(std::make_shared<const TrustBundles>());
  const grpc::Status after =
      CallOf(*stub, &Stub::ValidateToken, request, response);
  EXPECT_EQ(after.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(after), v1::ERROR_REASON_SVID_INVALID);
}

}  // namespace
}  // namespace panvault::server
