// Report: what a check came to. All forms of output are made of it.

#ifndef PANVAULT_SEGMENTATION_REPORT_H_
#define PANVAULT_SEGMENTATION_REPORT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "segmentation/manifests.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

enum class Verdict {
  kPass,     // What is allowed is what is declared.
  kFail,     // It is not, and here is where.
  kUnknown,  // Something in the input could change the answer either way.
};
absl::string_view VerdictName(Verdict verdict);  // "PASS"

// The exit code: 0, 1, 2.
int ExitCodeOf(Verdict verdict);

enum class Severity {
  kFail,
  kUnknown,
  kWarning,  // Does not change the verdict.
};
absl::string_view SeverityName(Severity severity);  // "fail"

// One thing that is wrong. `rule` is a fixed word that reports and tests go by.
struct Finding {
  Severity severity = Severity::kFail;
  std::string rule;     // "leak-ingress"; findings.h has them all.
  std::string subject;  // What it is about: "Deployment ns/name".
  std::string message;
  std::string example;  // A counter-example, if there is one.
  Source source;        // What to change; the file is empty if unknown.
};

// A row of the flow matrix.
struct FlowRow {
  enum class Side { kInto, kOutOf, kWithin };  // Seen from the release.
  Side side = Side::kInto;
  std::string name;
  std::string from;
  std::string to;
  std::string ports;
  std::string identity;  // The SPIFFE ID, if it has one.
  std::string justification;
  std::string owner;
  std::string approved_by;
  std::string review_by;
  std::vector<std::string> pci;
  bool is_blocked = false;  // Some finding says so.
};

struct Report {
  Verdict verdict = Verdict::kUnknown;
  std::vector<FlowRow> flows;
  std::vector<Finding> findings;
  std::vector<std::string> checked;      // Pods that were judged.
  std::vector<std::string> not_checked;  // In words.
  std::vector<InputFile> inputs;
  std::string tool_version;
  std::string command;
  std::string made_at;  // YYYY-MM-DDThh:mm:ssZ
};

// kFail if any finding is one, or else kUnknown if any is one.
Verdict VerdictOf(const std::vector<Finding>& findings);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_REPORT_H_
