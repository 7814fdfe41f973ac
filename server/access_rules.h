// The rules that access.yaml must obey beyond its types.

#ifndef PANVAULT_SERVER_ACCESS_RULES_H_
#define PANVAULT_SERVER_ACCESS_RULES_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "panvault/v1/access.pb.h"

namespace panvault::server {

// kInvalidArgument "access.yaml: callers[2].grants[0].reveal: why" for the
// first rule that is broken; see AccessPolicy::Load. Thread-safe, as all here.
absl::Status CheckAccessRules(absl::string_view file,
                              const v1::AccessPolicy& policy);

// A day of the calendar written YYYY-MM-DD; nothing for all else.
std::optional<absl::CivilDay> ParseReviewDay(absl::string_view text);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_ACCESS_RULES_H_
