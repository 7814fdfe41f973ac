// What this shows: a failure reaches the caller with the documented code and
// its reason, in the wire form of google.rpc.Status, and a failure that is not
// ours reaches it without a word.

#include "server/status.h"

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// By reason ("PAN_LENGTH"), the name of its code: the table of errors in
// docs/architecture.md.
std::map<std::string, std::string> DocumentedCodes() {
  std::map<std::string, std::string> codes;
  std::ifstream file(PANVAULT_ARCHITECTURE_MD);
  bool is_there = false;
  for (std::string line; std::getline(file, line);) {
    is_there = is_there || line == "## Errors";
    if (!is_there) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != 5) continue;
    const std::string code(absl::StripAsciiWhitespace(cells[2]));
    if (code == "code" || code == "---") continue;  // The head.
    for (const absl::string_view reason :
         absl::StrSplit(cells[3], absl::ByAnyChar(", "), absl::SkipEmpty())) {
      codes[std::string(reason)] = code;
    }
  }
  return codes;
}

std::vector<vault::Reason> AllReasons() {
  std::vector<vault::Reason> reasons;
  const auto& api = *v1::ErrorReason_descriptor();
  for (int i = 0; i < api.value_count(); ++i) {
    if (api.value(i)->number() == 0) continue;
    reasons.push_back(static_cast<vault::Reason>(api.value(i)->number()));
  }
  return reasons;
}

v1::RpcStatus RpcStatusOf(const grpc::Status& status) {
  v1::RpcStatus rpc;
  EXPECT_TRUE(rpc.ParseFromString(status.error_details()));
  return rpc;
}

v1::ErrorDetail DetailOf(const grpc::Status& status) {
  const v1::RpcStatus rpc = RpcStatusOf(status);
  v1::ErrorDetail detail;
  EXPECT_EQ(rpc.details_size(), 1);
  if (rpc.details_size() == 1) {
    EXPECT_TRUE(rpc.details(0).UnpackTo(&detail));
  }
  return detail;
}

TEST(Status, GivesEveryReasonItsDocumentedCode) {
  const auto documented = DocumentedCodes();
  ASSERT_GT(documented.size(), 25u);
  for (const vault::Reason reason : AllReasons()) {
    const std::string name(vault::NameOf(reason));
    const grpc::Status status =
        ToGrpcStatus(vault::MakeError({.reason = reason}, "words"));
    const std::string code = absl::StatusCodeToString(
        static_cast<absl::StatusCode>(status.error_code()));
    if (reason == vault::Reason::kInternal) {
      EXPECT_EQ(code, "INTERNAL");
      continue;
    }
    ASSERT_TRUE(documented.contains(name)) << name << " is not in the table";
    EXPECT_EQ(code, documented.at(name)) << name;
  }
}

TEST(Status, DocumentsNoReasonThatThereIsNot) {
  std::set<std::string> names;
  for (const vault::Reason reason : AllReasons()) {
    names.insert(std::string(vault::NameOf(reason)));
  }
  for (const auto& [name, code] : DocumentedCodes()) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

TEST(Status, CarriesReasonFieldAndLimitToTheCaller) {
  for (const vault::Reason reason : AllReasons()) {
    if (reason == vault::Reason::kInternal) continue;
    const vault::ErrorFacts facts{
        .reason = reason, .field = "the_field", .limit = "the limit"};
    const absl::Status error = vault::MakeError(facts, "the message");
    const grpc::Status status = ToGrpcStatus(error);
    EXPECT_EQ(status.error_message(), "the message");
    const v1::RpcStatus rpc = RpcStatusOf(status);
    EXPECT_EQ(rpc.code(), status.error_code());
    EXPECT_EQ(rpc.message(), "the message");
    const v1::ErrorDetail detail = DetailOf(status);
    EXPECT_EQ(detail.reason(), static_cast<int>(reason));
    EXPECT_EQ(detail.field(), "the_field");
    EXPECT_EQ(detail.limit(), "the limit");

    v1::ItemError item;
    WriteItemError(error, item);
    EXPECT_EQ(item.code(), status.error_code());
    EXPECT_EQ(item.detail().SerializeAsString(), detail.SerializeAsString());
    EXPECT_EQ(static_cast<int>(AnsweredCode(error)), status.error_code());
  }
}

TEST(Status, HasTheWireFormOfGoogleRpcStatus) {
  // google.rpc.Status: int32 code = 1; string message = 2;
  // repeated google.protobuf.Any details = 3.
  const auto& rpc = *v1::RpcStatus::descriptor();
  ASSERT_EQ(rpc.field_count(), 3);
  EXPECT_EQ(rpc.FindFieldByNumber(1)->cpp_type_name(), std::string("int32"));
  EXPECT_EQ(rpc.FindFieldByNumber(2)->cpp_type_name(), std::string("string"));
  EXPECT_TRUE(rpc.FindFieldByNumber(3)->is_repeated());
  EXPECT_EQ(rpc.FindFieldByNumber(3)->message_type()->full_name(),
            "google.protobuf.Any");
  const v1::RpcStatus made = RpcStatusOf(
      ToGrpcStatus(vault::MakeError({.reason = vault::Reason::kPanLuhn}, "")));
  ASSERT_EQ(made.details_size(), 1);
  EXPECT_EQ(made.details(0).type_url(),
            "type.googleapis.com/panvault.v1.ErrorDetail");
}

TEST(Status, IsOkWithoutDetailsWhenAllWentWell) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus());
  EXPECT_TRUE(status.ok());
  EXPECT_THAT(status.error_details(), IsEmpty());
  EXPECT_EQ(AnsweredCode(absl::OkStatus()), absl::StatusCode::kOk);
}

TEST(Status, SaysNothingOfAFailureThatIsNotOurs) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status foreign(static_cast<absl::StatusCode>(code),
                               "password=secret 4111111111111111");
    if (absl::IsCancelled(foreign) || absl::IsDeadlineExceeded(foreign)) {
      continue;
    }
    const grpc::Status status = ToGrpcStatus(foreign);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL) << foreign;
    EXPECT_EQ(status.error_message(), "internal error");
    EXPECT_THAT(status.error_details(), Not(HasSubstr("4111")));
    EXPECT_THAT(status.error_details(), Not(HasSubstr("secret")));
    const v1::ErrorDetail detail = DetailOf(status);
    EXPECT_EQ(detail.reason(), v1::ERROR_REASON_INTERNAL);
    EXPECT_THAT(absl::StrCat(detail.field(), detail.limit()), IsEmpty());
    EXPECT_EQ(AnsweredCode(foreign), absl::StatusCode::kInternal);

    v1::ItemError item;
    WriteItemError(foreign, item);
    EXPECT_EQ(item.code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(item.detail().reason(), v1::ERROR_REASON_INTERNAL);
    EXPECT_THAT(item.SerializeAsString(), Not(HasSubstr("4111")));
  }
}

TEST(Status, LeavesGrpcsOwnEndsAsTheyAre) {
  const grpc::Status cancelled =
      ToGrpcStatus(absl::CancelledError("4111111111111111"));
  EXPECT_EQ(cancelled.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_THAT(cancelled.error_message(), Not(HasSubstr("4111")));
  EXPECT_THAT(cancelled.error_details(), IsEmpty());

  const grpc::Status late =
      ToGrpcStatus(absl::DeadlineExceededError("4111111111111111"));
  EXPECT_EQ(late.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(late.error_message(), Not(HasSubstr("4111")));
  EXPECT_THAT(late.error_details(), IsEmpty());
}

}  // namespace
}  // namespace panvault::server
