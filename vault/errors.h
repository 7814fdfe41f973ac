// The domain's failures: one reason each, carried by an absl::Status.
//
// A Status made here holds, besides its code and message, the reason, the
// field and the limit as a payload; server/status.cc turns them into
// panvault.v1.ErrorDetail. Messages name the rule and the limit, never the
// value that broke it.

#ifndef PANVAULT_VAULT_ERRORS_H_
#define PANVAULT_VAULT_ERRORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::vault {

// Values and names as in panvault.v1.ErrorReason, without the prefix; a test
// of the server holds the two lists together.
enum class Reason {
  kPanLength = 1,
  kPanDigits = 2,
  kPanLuhn = 3,
  kTokenLength = 4,
  kTokenDigits = 5,
  kContextLength = 6,
  kReferenceLength = 7,
  kBatchSize = 8,
  kColumnShape = 9,
  kProfileName = 10,
  kProfileField = 11,
  kRevealLevel = 12,
  kKeyVersionRequired = 13,
  kRequestUnreadable = 14,
  kSvidInvalid = 20,
  kSvidExpired = 21,
  kCallerUnknown = 30,
  kNotGranted = 31,
  kProfileUnknown = 40,
  kTokenUnknown = 41,
  kKeyVersionUnknown = 42,
  kProfileExists = 50,
  kKeyVersionDisabled = 60,
  kKeyVersionDestroyed = 61,
  kDomainTooSmall = 62,
  kOverloaded = 70,
  kStoreUnavailable = 80,
  kNotReady = 81,
  kKeysStale = 82,
  kLogUnavailable = 83,
  kKekUnavailable = 84,
  kKeyCorrupt = 90,
  kMethodUnknown = 95,
  kInternal = 100,
};

// What a refusal says beside its message. Both may be empty.
struct ErrorFacts {
  Reason reason = Reason::kInternal;
  std::string field = {};  // The request field, as in the .proto: "pan".
  std::string limit = {};  // For people: "12 to 19 digits".
};

// A Status with the code that belongs to the reason (the table of errors in
// docs/architecture.md), and `facts` as its payload. Thread-safe, as all here.
absl::Status MakeError(const ErrorFacts& facts, absl::string_view message);

// TOKEN_UNKNOWN, in the same words wherever it is found out: what was wrong
// with the token would help a guesser.
absl::Status TokenUnknownError();

// The facts of a Status; reason kInternal for one that MakeError did not make.
// `status` is not OK.
ErrorFacts FactsOf(const absl::Status& status);

// The code that belongs to `reason`.
absl::StatusCode CodeOf(Reason reason);

// "PAN_LENGTH".
absl::string_view NameOf(Reason reason);

// Each once, ascending.
absl::Span<const Reason> AllReasons();

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_ERRORS_H_
