#include "vault/errors.h"

#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace panvault::vault {
namespace {

struct NameRow {
  Reason reason;
  absl::string_view name;
};

constexpr NameRow kNames[] = {
    {Reason::kPanLength, "PAN_LENGTH"},
    {Reason::kPanDigits, "PAN_DIGITS"},
    {Reason::kPanLuhn, "PAN_LUHN"},
    {Reason::kTokenLength, "TOKEN_LENGTH"},
    {Reason::kTokenDigits, "TOKEN_DIGITS"},
    {Reason::kContextLength, "CONTEXT_LENGTH"},
    {Reason::kReferenceLength, "REFERENCE_LENGTH"},
    {Reason::kBatchSize, "BATCH_SIZE"},
    {Reason::kColumnShape, "COLUMN_SHAPE"},
    {Reason::kProfileName, "PROFILE_NAME"},
    {Reason::kProfileField, "PROFILE_FIELD"},
    {Reason::kRevealLevel, "REVEAL_LEVEL"},
    {Reason::kKeyVersionRequired, "KEY_VERSION_REQUIRED"},
    {Reason::kRequestUnreadable, "REQUEST_UNREADABLE"},
    {Reason::kSvidInvalid, "SVID_INVALID"},
    {Reason::kSvidExpired, "SVID_EXPIRED"},
    {Reason::kCallerUnknown, "CALLER_UNKNOWN"},
    {Reason::kNotGranted, "NOT_GRANTED"},
    {Reason::kProfileUnknown, "PROFILE_UNKNOWN"},
    {Reason::kTokenUnknown, "TOKEN_UNKNOWN"},
    {Reason::kKeyVersionUnknown, "KEY_VERSION_UNKNOWN"},
    {Reason::kProfileExists, "PROFILE_EXISTS"},
    {Reason::kKeyVersionDisabled, "KEY_VERSION_DISABLED"},
    {Reason::kKeyVersionDestroyed, "KEY_VERSION_DESTROYED"},
    {Reason::kDomainTooSmall, "DOMAIN_TOO_SMALL"},
    {Reason::kOverloaded, "OVERLOADED"},
    {Reason::kStoreUnavailable, "STORE_UNAVAILABLE"},
    {Reason::kNotReady, "NOT_READY"},
    {Reason::kKeysStale, "KEYS_STALE"},
    {Reason::kLogUnavailable, "LOG_UNAVAILABLE"},
    {Reason::kKekUnavailable, "KEK_UNAVAILABLE"},
    {Reason::kKeyCorrupt, "KEY_CORRUPT"},
    {Reason::kMethodUnknown, "METHOD_UNKNOWN"},
    {Reason::kInternal, "INTERNAL"},
};

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
    case Reason::kRequestUnreadable:
      return absl::StatusCode::kInvalidArgument;
    case Reason::kSvidInvalid:
    case Reason::kSvidExpired:
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
    case Reason::kKekUnavailable:
      return absl::StatusCode::kUnavailable;
    case Reason::kKeyCorrupt:
      return absl::StatusCode::kDataLoss;
    case Reason::kMethodUnknown:
      return absl::StatusCode::kUnimplemented;
    case Reason::kInternal:
      return absl::StatusCode::kInternal;
  }
  return absl::StatusCode::kInternal;
}

absl::string_view NameOf(Reason reason) {
  for (const NameRow& row : kNames) {
    if (row.reason == reason) return row.name;
  }
  return "INTERNAL";
}

absl::Span<const Reason> AllReasons() {
  static const auto* const all = [] {
    auto* const reasons = new std::vector<Reason>;
    for (const NameRow& row : kNames) reasons->push_back(row.reason);
    return reasons;
  }();
  return *all;
}

}  // namespace panvault::vault
