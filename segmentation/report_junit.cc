// ToJunit of report_text.h: the XML that CI systems show as tests. A test case
// for each rule, and one for each declared flow.

#include <string>

#include "absl/strings/str_cat.h"
#include "segmentation/report_text.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

std::string FailureText(const Finding& finding) {
  return absl::StrCat(finding.subject, ": ", finding.message,
                      finding.example.empty() ? "" : "\nexample: ",
                      finding.example, "\nin: ", SourceText(finding.source));
}

// What is not decided is no success either: it counts as an error.
std::string OutcomeOf(const Finding& finding) {
  const bool is_unknown = finding.severity == Severity::kUnknown;
  const char* const element = is_unknown ? "error" : "failure";
  return absl::StrCat("      <", element, " type=\"",
                      SeverityName(finding.severity), "\" message=\"",
                      XmlEscaped(finding.message), "\">",
                      XmlEscaped(FailureText(finding)), "</", element, ">\n");
}

struct Counts {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
};

void AddRule(const RuleInfo& rule, const Report& report, Counts& counts,
             std::string& cases) {
  ++counts.tests;
  std::string outcomes;
  std::string warnings;
  bool has_failure = false;
  bool has_error = false;
  for (const Finding& finding : report.findings) {
    if (finding.rule != rule.name) continue;
    if (finding.severity == Severity::kWarning) {
      absl::StrAppend(&warnings, XmlEscaped(FailureText(finding)), "\n");
      continue;
    }
    outcomes += OutcomeOf(finding);
    has_failure = has_failure || finding.severity == Severity::kFail;
    has_error = has_error || finding.severity == Severity::kUnknown;
  }
  if (has_failure) ++counts.failures;
  if (has_error && !has_failure) ++counts.errors;
  absl::StrAppend(&cases, "    <testcase classname=\"segmentation.rules\" ",
                  "name=\"", XmlEscaped(rule.name), ": ",
                  XmlEscaped(rule.title), " (PCI DSS ", PciText(rule.pci),
                  ")\">\n", outcomes);
  if (!warnings.empty()) {
    absl::StrAppend(&cases, "      <system-out>", warnings, "</system-out>\n");
  }
  absl::StrAppend(&cases, "    </testcase>\n");
}

void AddFlow(const FlowRow& row, Counts& counts, std::string& cases) {
  ++counts.tests;
  absl::StrAppend(&cases, "    <testcase classname=\"segmentation.flows\" ",
                  "name=\"", XmlEscaped(row.name), "\">\n");
  if (row.is_blocked) {
    ++counts.failures;
    absl::StrAppend(&cases, "      <failure type=\"fail\" message=\"",
                    "declared but blocked\"/>\n");
  }
  absl::StrAppend(&cases, "    </testcase>\n");
}

}  // namespace

std::string ToJunit(const Report& report) {
  Counts counts;
  std::string cases;
  for (const RuleInfo& rule : AllRules()) AddRule(rule, report, counts, cases);
  for (const FlowRow& row : report.flows) AddFlow(row, counts, cases);
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n",
      "  <testsuite name=\"panvault-segcheck\" tests=\"", counts.tests,
      "\" failures=\"", counts.failures, "\" errors=\"", counts.errors,
      "\" timestamp=\"", XmlEscaped(report.made_at), "\">\n", cases,
      "  </testsuite>\n</testsuites>\n");
}

}  // namespace panvault::segmentation
