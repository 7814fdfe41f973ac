#include "segmentation/report_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

// Names in manifests are not ours; they must not move a terminal's cursor.
std::string Printable(std::string text) {
  for (char& c : text) {
    if (c != '\n' && absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      c = '?';
    }
  }
  return text;
}

}  // namespace

std::optional<ReportForm> ParseReportForm(absl::string_view name) {
  if (name == "text") return ReportForm::kText;
  if (name == "json") return ReportForm::kJson;
  if (name == "junit") return ReportForm::kJunit;
  if (name == "sarif") return ReportForm::kSarif;
  if (name == "markdown") return ReportForm::kMarkdown;
  if (name == "html") return ReportForm::kHtml;
  return std::nullopt;
}

std::string Write(const Report& report, ReportForm form) {
  switch (form) {
    case ReportForm::kText:
      return ToPlainText(report);
    case ReportForm::kJson:
      return ToJson(report);
    case ReportForm::kJunit:
      return ToJunit(report);
    case ReportForm::kSarif:
      return ToSarif(report);
    case ReportForm::kMarkdown:
      return ToMarkdown(report);
    case ReportForm::kHtml:
      return ToHtml(report);
  }
  return "";
}

std::string SourceText(const Source& source) {
  if (source.file.empty()) return "";
  std::string text = source.file;
  if (source.document != 0) {
    absl::StrAppend(&text, ", document ", source.document);
  }
  if (source.line != 0) absl::StrAppend(&text, ", line ", source.line);
  return text;
}

std::string PciText(const std::vector<std::string>& pci) {
  return absl::StrJoin(pci, ", ");
}

std::string CountText(size_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

std::string CountsText(const Report& report) {
  return absl::StrCat(CountText(report.flows.size(), "flow"), " declared, ",
                      CountText(report.checked.size(), "workload"), " judged, ",
                      CountText(report.findings.size(), "finding"));
}

absl::string_view EvidenceText() {
  return "Evidence for PCI DSS v4.0.1 1.2.1 to 1.2.8, 1.3.1, 1.3.2, 1.4.1, "
         "1.4.2, 1.4.4 and, run on a schedule with its alert, 10.7.2. It "
         "supports 11.4.5 and 11.4.6 but is not the penetration test that they "
         "ask for.";
}

std::string XmlEscaped(absl::string_view text) {
  return absl::StrReplaceAll(Printable(std::string(text)), {{"&", "&amp;"},
                                                            {"<", "&lt;"},
                                                            {">", "&gt;"},
                                                            {"\"", "&quot;"},
                                                            {"'", "&#39;"}});
}

std::string ToPlainText(const Report& report) {
  std::string text = absl::StrCat(VerdictName(report.verdict), "\n");
  for (const Finding& finding : report.findings) {
    absl::StrAppend(&text, SeverityName(finding.severity), " [", finding.rule,
                    "] ", finding.subject, ": ", finding.message, "\n");
    if (!finding.example.empty()) {
      absl::StrAppend(&text, "    example: ", finding.example, "\n");
    }
    const std::string source = SourceText(finding.source);
    if (!source.empty()) absl::StrAppend(&text, "    in: ", source, "\n");
    absl::StrAppend(&text, "    PCI DSS: ", PciText(RuleOf(finding.rule).pci),
                    "\n");
  }
  absl::StrAppend(&text, CountsText(report), "\n");
  return Printable(text);
}

}  // namespace panvault::segmentation
