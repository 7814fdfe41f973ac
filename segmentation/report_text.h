// The forms in which a report is written. All hold the same: the verdict, every
// finding with its requirements and counter-example, the flow matrix, what was
// not checked, and the hashes of the input.

#ifndef PANVAULT_SEGMENTATION_REPORT_TEXT_H_
#define PANVAULT_SEGMENTATION_REPORT_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "segmentation/report.h"

namespace panvault::segmentation {

enum class ReportForm { kText, kJson, kJunit, kSarif, kMarkdown, kHtml };

// "json"; nullopt for other words.
std::optional<ReportForm> ParseReportForm(absl::string_view name);

// Thread-safe, as all below.
std::string Write(const Report& report, ReportForm form);

std::string ToPlainText(const Report& report);  // For a terminal.
std::string ToJson(const Report& report);
std::string ToJunit(const Report& report);     // One test per rule and flow.
std::string ToSarif(const Report& report);     // Version 2.1.0.
std::string ToMarkdown(const Report& report);  // GitHub's tables.
std::string ToHtml(const Report& report);      // One page, no script.

// "rendered.yaml, document 3, line 40", as far as known.
std::string SourceText(const Source& source);

// "1.3.1, 1.4.2".
std::string PciText(const std::vector<std::string>& pci);

// "1 leak", "2 leaks".
std::string CountText(size_t count, absl::string_view what);

// "4 flows declared, 2 workloads judged, 0 findings".
std::string CountsText(const Report& report);

// What the report is evidence for, and what it is not.
absl::string_view EvidenceText();

// For text and attributes of XML and HTML. Control characters become "?".
std::string XmlEscaped(absl::string_view text);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_REPORT_TEXT_H_
