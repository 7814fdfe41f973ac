#include "bench/error_counts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/error.h"

namespace panvault::bench {

std::string ErrorLabel(const absl::Status& status) {
  const client::CallError error = client::CallErrorOf(status);
  const std::string code = absl::StatusCodeToString(error.code);
  return error.reason.empty() ? code : absl::StrCat(code, " ", error.reason);
}

uint64_t ErrorTotal(const ErrorCounts& errors) {
  uint64_t total = 0;
  for (const auto& [label, count] : errors) total += count;
  return total;
}

void AddErrors(const ErrorCounts& from, ErrorCounts& to) {
  for (const auto& [label, count] : from) to[label] += count;
}

std::string ErrorText(const ErrorCounts& errors) {
  std::string text;
  for (const auto& [label, count] : errors) {
    absl::StrAppendFormat(&text, "%8d %s\n", count, label);
  }
  return text;
}

}  // namespace panvault::bench
