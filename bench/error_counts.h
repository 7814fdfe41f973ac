// Errors of a run, counted by code and reason.

#ifndef PANVAULT_BENCH_ERROR_COUNTS_H_
#define PANVAULT_BENCH_ERROR_COUNTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"

namespace panvault::bench {

// By label, as in "INVALID_ARGUMENT PAN_LUHN".
using ErrorCounts = std::map<std::string, uint64_t>;

// The label of an error made by client/error.h. Code and reason only: a message
// is text of the server, and labels go to reports.
std::string ErrorLabel(const absl::Status& status);

// The sum of all counts.
uint64_t ErrorTotal(const ErrorCounts& errors);
void AddErrors(const ErrorCounts& from, ErrorCounts& to);

// A line for each label: "  12 UNAVAILABLE\n".
std::string ErrorText(const ErrorCounts& errors);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_ERROR_COUNTS_H_
