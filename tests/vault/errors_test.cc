// What this shows: each reason has its own name and the gRPC code of the
// documented table, and facts survive the trip through a Status.

#include "vault/errors.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace panvault::vault {
namespace {

struct Row {
  Reason reason;
  absl::StatusCode code;
  const char* name;
};

// The table of errors in docs/architecture.md and
// proto/panvault/v1/error.proto.
const Row kTable[] = {
    {Reason::kPanLength, absl::StatusCode::kInvalidArgument, "PAN_LENGTH"},
    {Reason::kPanDigits, absl::StatusCode::kInvalidArgument, "PAN_DIGITS"},
    {Reason::kPanLuhn, absl::StatusCode::kInvalidArgument, "PAN_LUHN"},
    {Reason::kTokenLength, absl::StatusCode::kInvalidArgument, "TOKEN_LENGTH"},
    {Reason::kTokenDigits, absl::StatusCode::kInvalidArgument, "TOKEN_DIGITS"},
    {Reason::kContextLength, absl::StatusCode::kInvalidArgument,
     "CONTEXT_LENGTH"},
    {Reason::kReferenceLength, absl::StatusCode::kInvalidArgument,
     "REFERENCE_LENGTH"},
    {Reason::kBatchSize, absl::StatusCode::kInvalidArgument, "BATCH_SIZE"},
    {Reason::kColumnShape, absl::StatusCode::kInvalidArgument, "COLUMN_SHAPE"},
    {Reason::kProfileName, absl::StatusCode::kInvalidArgument, "PROFILE_NAME"},
    {Reason::kProfileField, absl::StatusCode::kInvalidArgument,
     "PROFILE_FIELD"},
    {Reason::kRevealLevel, absl::StatusCode::kInvalidArgument, "REVEAL_LEVEL"},
    {Reason::kKeyVersionRequired, absl::StatusCode::kInvalidArgument,
     "KEY_VERSION_REQUIRED"},
    {Reason::kRequestUnreadable, absl::StatusCode::kInvalidArgument,
     "REQUEST_UNREADABLE"},
    {Reason::kSvidInvalid, absl::StatusCode::kUnauthenticated, "SVID_INVALID"},
    {Reason::kSvidExpired, absl::StatusCode::kUnauthenticated, "SVID_EXPIRED"},
    {Reason::kCallerUnknown, absl::StatusCode::kPermissionDenied,
     "CALLER_UNKNOWN"},
    {Reason::kNotGranted, absl::StatusCode::kPermissionDenied, "NOT_GRANTED"},
    {Reason::kProfileUnknown, absl::StatusCode::kNotFound, "PROFILE_UNKNOWN"},
    {Reason::kTokenUnknown, absl::StatusCode::kNotFound, "TOKEN_UNKNOWN"},
    {Reason::kKeyVersionUnknown, absl::StatusCode::kNotFound,
     "KEY_VERSION_UNKNOWN"},
    {Reason::kProfileExists, absl::StatusCode::kAlreadyExists,
     "PROFILE_EXISTS"},
    {Reason::kKeyVersionDisabled, absl::StatusCode::kFailedPrecondition,
     "KEY_VERSION_DISABLED"},
    {Reason::kKeyVersionDestroyed, absl::StatusCode::kFailedPrecondition,
     "KEY_VERSION_DESTROYED"},
    {Reason::kDomainTooSmall, absl::StatusCode::kFailedPrecondition,
     "DOMAIN_TOO_SMALL"},
    {Reason::kOverloaded, absl::StatusCode::kResourceExhausted, "OVERLOADED"},
    {Reason::kStoreUnavailable, absl::StatusCode::kUnavailable,
     "STORE_UNAVAILABLE"},
    {Reason::kNotReady, absl::StatusCode::kUnavailable, "NOT_READY"},
    {Reason::kKeysStale, absl::StatusCode::kUnavailable, "KEYS_STALE"},
    {Reason::kKekUnavailable, absl::StatusCode::kUnavailable,
     "KEK_UNAVAILABLE"},
    {Reason::kKeyCorrupt, absl::StatusCode::kDataLoss, "KEY_CORRUPT"},
    {Reason::kMethodUnknown, absl::StatusCode::kUnimplemented,
     "METHOD_UNKNOWN"},
    {Reason::kInternal, absl::StatusCode::kInternal, "INTERNAL"},
};

TEST(Errors, EachReasonHasItsCodeAndItsName) {
  std::set<std::string> names;
  for (const Row& row : kTable) {
    EXPECT_EQ(CodeOf(row.reason), row.code) << row.name;
    EXPECT_EQ(NameOf(row.reason), row.name);
    names.insert(row.name);
  }
  EXPECT_EQ(names.size(), std::size(kTable)) << "a name stands twice";
}

TEST(Errors, AllReasonsAreThoseOfTheTableAndInternal) {
  const auto all = AllReasons();
  ASSERT_EQ(all.size(), std::size(kTable) + 1);
  EXPECT_EQ(all.back(), Reason::kInternal);
  for (const Row& row : kTable) {
    EXPECT_EQ(std::count(all.begin(), all.end(), row.reason), 1) << row.name;
  }
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST(Errors, FactsSurviveTheStatus) {
  for (const Row& row : kTable) {
    const absl::Status status =
        MakeError({row.reason, "items.pan", "12 to 19 digits"}, "the message");
    EXPECT_EQ(status.code(), row.code);
    EXPECT_EQ(status.message(), "the message");
    const ErrorFacts facts = FactsOf(status);
    EXPECT_EQ(facts.reason, row.reason) << row.name;
    EXPECT_EQ(facts.field, "items.pan");
    EXPECT_EQ(facts.limit, "12 to 19 digits");
  }
}

TEST(Errors, EmptyFieldsStayEmpty) {
  const ErrorFacts facts =
      FactsOf(MakeError({Reason::kNotReady, "", ""}, "not yet"));
  EXPECT_EQ(facts.reason, Reason::kNotReady);
  EXPECT_EQ(facts.field, "");
  EXPECT_EQ(facts.limit, "");
}

TEST(Errors, AForeignStatusIsInternal) {
  const ErrorFacts facts = FactsOf(absl::NotFoundError("from elsewhere"));
  EXPECT_EQ(facts.reason, Reason::kInternal);
  EXPECT_EQ(facts.field, "");
}

TEST(Errors, TokenUnknownSaysNothingElse) {
  const absl::Status status = TokenUnknownError();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FactsOf(status).reason, Reason::kTokenUnknown);
  EXPECT_EQ(status, TokenUnknownError());
}

}  // namespace
}  // namespace panvault::vault
