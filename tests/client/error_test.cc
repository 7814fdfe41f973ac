// What this shows: what the server says about a failure reaches the caller, by
// code, reason, field and limit, also when it is newer than this client.

#include "client/error.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "grpcpp/support/status.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/token_vault.pb.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

using ::testing::HasSubstr;

TEST(Error, IsOkForOk) { EXPECT_TRUE(StatusFromRpc(grpc::Status::OK).ok()); }

TEST(Error, CarriesCodeAndReasonOfEveryRefusal) {
  const struct {
    grpc::StatusCode code;
    v1::ErrorReason reason;
    absl::StatusCode expected;
    std::string name;
  } kRows[] = {
      {grpc::StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_PAN_LUHN,
       absl::StatusCode::kInvalidArgument, "PAN_LUHN"},
      {grpc::StatusCode::PERMISSION_DENIED, v1::ERROR_REASON_CALLER_UNKNOWN,
       absl::StatusCode::kPermissionDenied, "CALLER_UNKNOWN"},
      {grpc::StatusCode::UNAUTHENTICATED, v1::ERROR_REASON_SVID_INVALID,
       absl::StatusCode::kUnauthenticated, "SVID_INVALID"},
      {grpc::StatusCode::NOT_FOUND, v1::ERROR_REASON_PROFILE_UNKNOWN,
       absl::StatusCode::kNotFound, "PROFILE_UNKNOWN"},
      {grpc::StatusCode::ALREADY_EXISTS, v1::ERROR_REASON_PROFILE_EXISTS,
       absl::StatusCode::kAlreadyExists, "PROFILE_EXISTS"},
      {grpc::StatusCode::FAILED_PRECONDITION, v1::ERROR_REASON_DOMAIN_TOO_SMALL,
       absl::StatusCode::kFailedPrecondition, "DOMAIN_TOO_SMALL"},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, v1::ERROR_REASON_OVERLOADED,
       absl::StatusCode::kResourceExhausted, "OVERLOADED"},
      {grpc::StatusCode::UNAVAILABLE, v1::ERROR_REASON_STORE_UNAVAILABLE,
       absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"},
      {grpc::StatusCode::DATA_LOSS, v1::ERROR_REASON_KEY_CORRUPT,
       absl::StatusCode::kDataLoss, "KEY_CORRUPT"},
      {grpc::StatusCode::INTERNAL, v1::ERROR_REASON_INTERNAL,
       absl::StatusCode::kInternal, "INTERNAL"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    const absl::Status status =
        StatusFromRpc(RpcError(row.code, row.reason, "what is wrong"));
    EXPECT_EQ(status.code(), row.expected);
    EXPECT_EQ(status.message(), row.name + ": what is wrong");
    const CallError error = CallErrorOf(status);
    EXPECT_EQ(error.code, row.expected);
    EXPECT_EQ(error.reason, row.name);
    EXPECT_EQ(error.field, "the_field");
    EXPECT_EQ(error.limit, "the limit");
    EXPECT_EQ(error.message, "what is wrong");
  }
}

TEST(Error, NamesReasonsThatAreNewerThanThisClient) {
  const absl::Status status = StatusFromRpc(RpcError(
      grpc::StatusCode::NOT_FOUND, static_cast<v1::ErrorReason>(12345), "x"));
  EXPECT_EQ(CallErrorOf(status).reason, "REASON_12345");
}

TEST(Error, KeepsCodeAndMessageWhenDetailsAreMissingOrBroken) {
  for (const std::string& details : {std::string(), std::string("\xff\xff")}) {
    const absl::Status status = StatusFromRpc(
        grpc::Status(grpc::StatusCode::NOT_FOUND, "gone", details));
    EXPECT_EQ(status, StatusFromRpc(grpc::Status(grpc::StatusCode::NOT_FOUND,
                                                 "gone", details)));
    EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kNotFound));
    EXPECT_EQ(status.message(), "gone");
    EXPECT_EQ(CallErrorOf(status).reason, "");
    EXPECT_EQ(CallErrorOf(status).message, "gone");
  }
}

TEST(Error, ReadsStatusesOfOthers) {
  const CallError error = CallErrorOf(absl::AbortedError("PAN_LUHN: no"));
  EXPECT_EQ(error.code, absl::StatusCode::kAborted);
  EXPECT_EQ(error.reason, "");
  EXPECT_EQ(error.message, "PAN_LUHN: no");
}

TEST(Error, TellsAHandshakeFailureFromAServerThatIsAway) {
  const absl::Status refused =
      StatusFromRpc(grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                 "failed to connect: Ssl handshake failed"));
  EXPECT_THAT(refused, testing::StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_EQ(CallErrorOf(refused).reason, "HANDSHAKE");
  EXPECT_THAT(CallErrorOf(refused).message, HasSubstr("failed to connect"));
  EXPECT_THAT(StatusFromRpc(grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                         "connection refused")),
              testing::StatusIs(absl::StatusCode::kUnavailable));
}

TEST(ItemError, CarriesReasonFieldAndLimit) {
  v1::ItemError item;
  item.set_code(grpc::StatusCode::INVALID_ARGUMENT);
  item.mutable_detail()->set_reason(v1::ERROR_REASON_PAN_LENGTH);
  item.mutable_detail()->set_field("pan");
  item.mutable_detail()->set_limit("12 to 19 digits");
  const absl::Status status = StatusFromItem(item);
  EXPECT_THAT(status, testing::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(status.message(), "PAN_LENGTH: pan: 12 to 19 digits");
  EXPECT_EQ(CallErrorOf(status).limit, "12 to 19 digits");
}

TEST(ItemError, IsNeverOk) {
  EXPECT_THAT(StatusFromItem(v1::ItemError()),
              testing::StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace panvault::client
