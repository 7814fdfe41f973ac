// What this shows: the record of a call has exactly its documented fields, for
// every way in which a call can end, and nothing of what the call was about.

#include "server/call_log.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "server/json_log.h"
#include "tests/server/log_pipe.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::LogPipe;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using Json = nlohmann::ordered_json;

const std::vector<std::string>& FlowPci() {
  static const auto& pci = *new std::vector<std::string>{"3.5.1", "7.2.5"};
  return pci;
}

CallRecord Admitted(Rpc rpc) {
  return {.rpc = rpc,
          .caller = "spiffe://example.org/payment-api",
          .flow = "payments",
          .profile = "cards",
          .peer = "ipv4:127.0.0.1:50412",
          .pci = FlowPci(),
          .duration = absl::Microseconds(1234)};
}

// The one line of `record`, without its time.
Json LineOf(const CallRecord& record, const absl::Status& status) {
  LogPipe pipe;
  JsonLog log(pipe.fd());
  EXPECT_THAT(WriteCall(record, status, log), IsOk());
  auto lines = pipe.TakeLines();
  EXPECT_THAT(lines, SizeIs(1));
  if (lines.size() != 1) return {};
  EXPECT_EQ(lines[0].erase("time"), 1u);
  return lines[0];
}

TEST(CallLog, SaysThatThereIsNoSuchMethodWithoutItsName) {
  CallRecord record = Admitted(Rpc::kTokenize);
  record.rpc = std::nullopt;
  EXPECT_EQ(
      LineOf(record, vault::MakeError({.reason = vault::Reason::kMethodUnknown},
                                      "m"))["method"],
      "unknown");
}

TEST(CallLog, RecordsACallThatWasServed) {
  EXPECT_EQ(LineOf(Admitted(Rpc::kTokenize), absl::OkStatus()).dump(),
            R"({"event":"call","caller":"spiffe://example.org/payment-api",)"
            R"("flow":"payments","method":"Tokenize","profile":"cards",)"
            R"("peer":"ipv4:127.0.0.1:50412","code":"OK","duration_us":1234,)"
            R"("pci":["3.5.1","7.2.5"]})");
}

TEST(CallLog, RecordsABatchWithItsItems) {
  CallRecord record = Admitted(Rpc::kBatchDetokenize);
  record.items = 10'000;
  record.items_refused = 3;
  EXPECT_EQ(LineOf(record, absl::OkStatus()).dump(),
            R"({"event":"call","caller":"spiffe://example.org/payment-api",)"
            R"("flow":"payments","method":"BatchDetokenize","profile":"cards",)"
            R"("peer":"ipv4:127.0.0.1:50412","code":"OK","items":10000,)"
            R"("items_refused":3,"duration_us":1234,"pci":["3.5.1","7.2.5"]})");
}

TEST(CallLog, RecordsWhyACallWasNotServed) {
  const Json line = LineOf(
      Admitted(Rpc::kTokenize),
      vault::MakeError({.reason = vault::Reason::kPanLuhn}, "a message"));
  EXPECT_EQ(
      line.dump(),
      R"({"event":"call","caller":"spiffe://example.org/payment-api",)"
      R"("flow":"payments","method":"Tokenize","profile":"cards",)"
      R"("peer":"ipv4:127.0.0.1:50412","code":"INVALID_ARGUMENT",)"
      R"("reason":"PAN_LUHN","duration_us":1234,"pci":["3.5.1","7.2.5"]})");
}

TEST(CallLog, RecordsARefusedConnectionUnderTheRequirementsOfRefusing) {
  CallRecord record;
  record.rpc = Rpc::kDetokenize;
  record.peer = "ipv4:127.0.0.1:50412";
  EXPECT_EQ(
      LineOf(record, vault::MakeError({.reason = vault::Reason::kSvidInvalid},
                                      "a message"))
          .dump(),
      R"({"event":"call","caller":"","method":"Detokenize",)"
      R"("peer":"ipv4:127.0.0.1:50412","code":"UNAUTHENTICATED",)"
      R"("reason":"SVID_INVALID","duration_us":0,"pci":["7.3.3","10.2.1.4"]})");
}

TEST(CallLog, RecordsARefusedCallerUnderTheRequirementsOfRefusing) {
  CallRecord record = Admitted(Rpc::kDetokenize);
  record.profile = "";
  for (const vault::Reason reason :
       {vault::Reason::kCallerUnknown, vault::Reason::kNotGranted}) {
    const Json line = LineOf(record, vault::MakeError({.reason = reason}, "m"));
    EXPECT_EQ(line["code"], "PERMISSION_DENIED");
    EXPECT_EQ(line["reason"], std::string(vault::NameOf(reason)));
    EXPECT_EQ(line["pci"], Json::array({"7.3.3", "10.2.1.4"}));
    EXPECT_FALSE(line.contains("profile"));
  }
}

TEST(CallLog, LeavesOutWhatIsNotKnown) {
  CallRecord record = Admitted(Rpc::kListTokenProfiles);
  record.flow = "";
  record.profile = "";
  const Json line = LineOf(record, absl::OkStatus());
  for (const char* field : {"flow", "profile", "items", "items_refused"}) {
    EXPECT_FALSE(line.contains(field)) << field;
  }
  EXPECT_EQ(line["caller"], "spiffe://example.org/payment-api");
}

TEST(CallLog, NeverHoldsAMessage) {
  const absl::Status statuses[] = {
      vault::MakeError({.reason = vault::Reason::kPanLuhn,
                        .field = "4111111111111111",
                        .limit = "4111111111111111"},
                       "4111111111111111"),
      absl::InternalError("4111111111111111"),
      absl::InvalidArgumentError("4111111111111111"),
      absl::PermissionDeniedError("4111111111111111"),
      absl::CancelledError("4111111111111111"),
  };
  for (const absl::Status& status : statuses) {
    EXPECT_THAT(LineOf(Admitted(Rpc::kTokenize), status).dump(),
                Not(HasSubstr("4111")));
  }
}

TEST(CallLog, RecordsAFailureThatIsNotOursAsTheCallerSeesIt) {
  // PERMISSION_DENIED of PostgreSQL, for one, is no refusal of a caller.
  for (const absl::Status& status :
       {absl::PermissionDeniedError("permission denied for table"),
        absl::InvalidArgumentError("x"), absl::InternalError("x")}) {
    const Json line = LineOf(Admitted(Rpc::kTokenize), status);
    EXPECT_EQ(line["code"], "INTERNAL") << status;
    EXPECT_EQ(line["reason"], "INTERNAL") << status;
    EXPECT_EQ(line["pci"], Json(FlowPci())) << status;
  }
}

TEST(CallLog, RecordsGrpcsOwnEndsWithoutAReason) {
  for (const absl::Status& status :
       {absl::CancelledError(), absl::DeadlineExceededError("")}) {
    const Json line = LineOf(Admitted(Rpc::kTokenize), status);
    EXPECT_EQ(line["code"], absl::StatusCodeToString(status.code()));
    EXPECT_FALSE(line.contains("reason")) << status;
  }
}

TEST(CallLog, NamesEveryMethod) {
  for (const RpcRow& row : RpcTable()) {
    EXPECT_EQ(LineOf(Admitted(row.rpc), absl::OkStatus())["method"],
              std::string(row.name));
  }
}

TEST(CallLog, IsUnavailableWhenTheLogIs) {
  LogPipe pipe;
  JsonLog log(pipe.fd());
  pipe.CloseRead();
  EXPECT_THAT(WriteCall(Admitted(Rpc::kTokenize), absl::OkStatus(), log),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace panvault::server
