#include "segmentation/report.h"

#include <algorithm>

namespace panvault::segmentation {
namespace {

bool HasAny(const std::vector<Finding>& findings, Severity severity) {
  return std::any_of(
      findings.begin(), findings.end(),
      [severity](const Finding& one) { return one.severity == severity; });
}

}  // namespace

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "PASS";
    case Verdict::kFail:
      return "FAIL";
    case Verdict::kUnknown:
      return "UNKNOWN";
  }
  return "";
}

int ExitCodeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return 0;
    case Verdict::kFail:
      return 1;
    case Verdict::kUnknown:
      return 2;
  }
  return 2;
}

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kFail:
      return "fail";
    case Severity::kUnknown:
      return "unknown";
    case Severity::kWarning:
      return "warning";
  }
  return "";
}

Verdict VerdictOf(const std::vector<Finding>& findings) {
  if (HasAny(findings, Severity::kFail)) return Verdict::kFail;
  if (HasAny(findings, Severity::kUnknown)) return Verdict::kUnknown;
  return Verdict::kPass;
}

}  // namespace panvault::segmentation
