#include "vault/errors.h"

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace panvault::vault {
namespace {

// Not a protobuf: vault/ does not depend on the API's messages. Never leaves
// the process.
constexpr absl::string_view kFactsUrl = "panvault/vault.ErrorFacts";

// Stands in no field name and no limit, which are our own words.
constexpr absl::string_view kSeparator = "\n";

std::string Pack(const ErrorFacts& facts) {
  return absl::StrCat(static_cast<int>(facts.reason), kSeparator, facts.field,
                      kSeparator, facts.limit);
}

}  // namespace

absl::Status MakeError(const ErrorFacts& facts, absl::string_view message) {
  absl::Status status(CodeOf(facts.reason), message);
  status.SetPayload(kFactsUrl, absl::Cord(Pack(facts)));
  return status;
}

absl::Status TokenUnknownError() {
  return MakeError({Reason::kTokenUnknown, "token", ""},
                   "no token of this profile looks like this one");
}

ErrorFacts FactsOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kFactsUrl);
  if (!payload.has_value()) return ErrorFacts{};
  const std::string packed(*payload);
  const std::vector<std::string> parts =
      absl::StrSplit(packed, absl::MaxSplits(kSeparator, 2));
  int number = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &number)) {
    return ErrorFacts{};
  }
  return ErrorFacts{static_cast<Reason>(number), parts[1], parts[2]};
}

absl::StatusCode CodeOf(Reason reason) {
  switch (reason) {
    case Reason::kPanLength:
    case Reason::kPanDigits:
    case Reason::kPanLuhn:
    case Reason::kTokenLength:
    case Reason::kTokenDigits:
    case Reason::kContextLength:
    case Reason::kReferenceLength:
    case Reason::kBatchSize:
    case Reason::kColumnShape:
    case Reason::kProfileName:
    case Reason::kProfileField:
    case Reason::kRevealLevel:
    case Reason::kKeyVersionRequired:
      return absl::StatusCode::kInvalidArgument;
    case Reason::kSvidInvalid:
      return absl::StatusCode::kUnauthenticated;
    case Reason::kCallerUnknown:
    case Reason::kNotGranted:
      return absl::StatusCode::kPermissionDenied;
    case Reason::kProfileUnknown:
    case Reason::kTokenUnknown:
    case Reason::kKeyVersionUnknown:
      return absl::StatusCode::kNotFound;
    case Reason::kProfileExists:
      return absl::StatusCode::kAlreadyExists;
    case Reason::kKeyVersionDisabled:
    case Reason::kKeyVersionDestroyed:
    case Reason::kDomainTooSmall:
      return absl::StatusCode::kFailedPrecondition;
    case Reason::kOverloaded:
      return absl::StatusCode::kResourceExhausted;
    case Reason::kStoreUnavailable:
    case Reason::kNotReady:
    case Reason::kKeysStale:
    case Reason::kLogUnavailable:
      return absl::StatusCode::kUnavailable;
    case Reason::kKeyCorrupt:
      return absl::StatusCode::kDataLoss;
    case Reason::kInternal:
      return absl::StatusCode::kInternal;
  }
  return absl::StatusCode::kInternal;
}

absl::string_view NameOf(Reason reason) {
  switch (reason) {
    case Reason::kPanLength:
      return "PAN_LENGTH";
    case Reason::kPanDigits:
      return "PAN_DIGITS";
    case Reason::kPanLuhn:
      return "PAN_LUHN";
    case Reason::kTokenLength:
      return "TOKEN_LENGTH";
    case Reason::kTokenDigits:
      return "TOKEN_DIGITS";
    case Reason::kContextLength:
      return "CONTEXT_LENGTH";
    case Reason::kReferenceLength:
      return "REFERENCE_LENGTH";
    case Reason::kBatchSize:
      return "BATCH_SIZE";
    case Reason::kColumnShape:
      return "COLUMN_SHAPE";
    case Reason::kProfileName:
      return "PROFILE_NAME";
    case Reason::kProfileField:
      return "PROFILE_FIELD";
    case Reason::kRevealLevel:
      return "REVEAL_LEVEL";
    case Reason::kKeyVersionRequired:
      return "KEY_VERSION_REQUIRED";
    case Reason::kSvidInvalid:
      return "SVID_INVALID";
    case Reason::kCallerUnknown:
      return "CALLER_UNKNOWN";
    case Reason::kNotGranted:
      return "NOT_GRANTED";
    case Reason::kProfileUnknown:
      return "PROFILE_UNKNOWN";
    case Reason::kTokenUnknown:
      return "TOKEN_UNKNOWN";
    case Reason::kKeyVersionUnknown:
      return "KEY_VERSION_UNKNOWN";
    case Reason::kProfileExists:
      return "PROFILE_EXISTS";
    case Reason::kKeyVersionDisabled:
      return "KEY_VERSION_DISABLED";
    case Reason::kKeyVersionDestroyed:
      return "KEY_VERSION_DESTROYED";
    case Reason::kDomainTooSmall:
      return "DOMAIN_TOO_SMALL";
    case Reason::kOverloaded:
      return "OVERLOADED";
    case Reason::kStoreUnavailable:
      return "STORE_UNAVAILABLE";
    case Reason::kNotReady:
      return "NOT_READY";
    case Reason::kKeysStale:
      return "KEYS_STALE";
    case Reason::kLogUnavailable:
      return "LOG_UNAVAILABLE";
    case Reason::kKeyCorrupt:
      return "KEY_CORRUPT";
    case Reason::kInternal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

}  // namespace panvault::vault
