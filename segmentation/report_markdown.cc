// ToMarkdown of report_text.h, for change requests.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "segmentation/report_text.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

// For a cell of a table: what could end it, or be taken for markup, is escaped.
std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(XmlEscaped(text), {{"|", "\\|"},
                                                {"\n", " "},
                                                {"`", "\\`"},
                                                {"*", "\\*"},
                                                {"_", "\\_"},
                                                {"[", "\\["},
                                                {"]", "\\]"}});
}

void AddFindings(const Report& report, std::string& text) {
  absl::StrAppend(&text, "\n## Findings\n\n");
  if (report.findings.empty()) {
    absl::StrAppend(&text, "None.\n");
    return;
  }
  absl::StrAppend(&text,
                  "| Severity | Rule | Subject | What | Example | Where | PCI "
                  "DSS |\n|---|---|---|---|---|---|---|\n");
  for (const Finding& one : report.findings) {
    absl::StrAppend(&text, "| ", SeverityName(one.severity), " | ", one.rule,
                    " | ", Cell(one.subject), " | ", Cell(one.message), " | ",
                    Cell(one.example), " | ", Cell(SourceText(one.source)),
                    " | ", PciText(RuleOf(one.rule).pci), " |\n");
  }
}

void AddFlows(const Report& report, std::string& text) {
  absl::StrAppend(&text,
                  "\n## Flows\n\n| Flow | From | To | Ports | Identity | "
                  "Justification | Owner | Approved by | Review by | PCI DSS | "
                  "State |\n|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const FlowRow& row : report.flows) {
    absl::StrAppend(&text, "| ", Cell(row.name), " | ", Cell(row.from), " | ",
                    Cell(row.to), " | ", Cell(row.ports), " | ",
                    Cell(row.identity), " | ", Cell(row.justification));
    absl::StrAppend(&text, " | ", Cell(row.owner), " | ", Cell(row.approved_by),
                    " | ", Cell(row.review_by), " | ", PciText(row.pci), " | ",
                    row.is_blocked ? "blocked" : "open", " |\n");
  }
}

}  // namespace

std::string ToMarkdown(const Report& report) {
  std::string text = absl::StrCat(
      "# Segmentation: ", VerdictName(report.verdict), "\n\n", EvidenceText(),
      "\n\nMade ", Cell(report.made_at), " by panvault-segcheck ",
      Cell(report.tool_version), ":\n\n    ",
      absl::StrReplaceAll(report.command, {{"\n", " "}}), "\n");
  AddFindings(report, text);
  AddFlows(report, text);
  absl::StrAppend(&text, "\n## Judged\n\n");
  for (const std::string& one : report.checked) {
    absl::StrAppend(&text, "- ", Cell(one), "\n");
  }
  absl::StrAppend(&text, "\n## Not checked\n\n");
  for (const std::string& one : report.not_checked) {
    absl::StrAppend(&text, "- ", Cell(one), "\n");
  }
  absl::StrAppend(&text, "\n## Input\n\n| File | SHA-256 |\n|---|---|\n");
  for (const InputFile& file : report.inputs) {
    absl::StrAppend(&text, "| ", Cell(file.name), " | ", file.sha256, " |\n");
  }
  return text;
}

}  // namespace panvault::segmentation
