// ToHtml of report_text.h: one page that stands alone, without script, for
// screens of both kinds and for paper.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "segmentation/flow_drawing.h"
#include "segmentation/report_text.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

constexpr char kStyle[] = R"css(
:root{color-scheme:light dark;--back:#fff;--ink:#1b1f24;--soft:#57606a;
--line:#8c959f;--panel:#f3f5f8;--pass:#116329;--fail:#a40e26;--unknown:#7d4e00}
@media (prefers-color-scheme:dark){:root{--back:#14181d;--ink:#e6edf3;
--soft:#a9b4c0;--line:#6e7781;--panel:#1e242b;--pass:#5bd177;--fail:#ff8a80;
--unknown:#f0b849}}
*{box-sizing:border-box}
body{background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif;
margin:0 auto;max-width:76rem;padding:1.5rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .6rem}
.verdict{border:2px solid;border-radius:6px;margin:1rem 0;padding:.8rem 1rem}
.verdict strong{display:block;font-size:2rem;line-height:1.2}
.verdict.PASS,.state-open{color:var(--pass)}
.verdict.FAIL,.sev-fail,.state-blocked{color:var(--fail)}
.verdict.UNKNOWN,.sev-unknown,.sev-warning{color:var(--unknown)}
.verdict p{color:var(--ink);margin:.3rem 0 0}
.scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--ink)}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{color:var(--soft);padding-bottom:.4rem;text-align:left}
th,td{border:1px solid var(--line);overflow-wrap:break-word;padding:.4rem .5rem;
text-align:left;vertical-align:top}
thead th{background:var(--panel)}
td.fixed{white-space:nowrap}td.long{min-width:7rem;overflow-wrap:anywhere}
code,pre{font:.85rem ui-monospace,monospace;overflow-wrap:anywhere}
pre{background:var(--panel);padding:.7rem;white-space:pre-wrap}
svg{display:block;height:auto;margin-bottom:1rem;max-width:69rem;min-width:42rem;width:100%}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}
svg .name,svg .head{font-weight:600}svg .port{text-anchor:middle}
svg .zone,svg .release{fill:var(--panel);stroke:var(--line)}
svg .flow{stroke:var(--ink)}svg .tip{fill:var(--ink)}
svg .blocked{stroke:var(--fail);stroke-dasharray:5 4}svg .cut{fill:var(--fail)}
@page{margin:12mm;size:landscape}
@media print{:root{--back:#fff;--ink:#000;--soft:#333;--panel:#f3f5f8;
--pass:#116329;--fail:#a40e26;--unknown:#7d4e00}
body{max-width:none;padding:0 2px;font-size:10pt}table{font-size:8pt}
caption,thead{break-after:avoid}
.scroll{overflow:visible}svg{min-width:0}td.long{min-width:5rem}tr,svg{break-inside:avoid}h2{break-after:avoid}}
)css";

std::string Cell(absl::string_view text, absl::string_view attributes = "") {
  return absl::StrCat("<td", attributes.empty() ? "" : " ", attributes, ">",
                      XmlEscaped(text), "</td>");
}

// The same with places to break a name at, where a reader would.
std::string LongCell(absl::string_view text) {
  const std::string escaped = absl::StrReplaceAll(
      XmlEscaped(text),
      {{"/", "/<wbr>"}, {".", ".<wbr>"}, {"=", "<wbr>="}, {",", ",<wbr>"}});
  return absl::StrCat("<td class=\"long\">", escaped, "</td>");
}

// What is too wide for a screen is moved by itself, by key as well.
std::string ScrollStart(absl::string_view label) {
  return absl::StrCat("<div class=\"scroll\" tabindex=\"0\" role=\"region\" ",
                      "aria-label=\"", label, "\">");
}

std::string TableHead(absl::string_view caption,
                      const std::vector<absl::string_view>& names) {
  std::string text = absl::StrCat(ScrollStart(caption), "<table><caption>",
                                  caption, "</caption><thead><tr>");
  for (const absl::string_view name : names) {
    absl::StrAppend(&text, "<th scope=\"col\">", name, "</th>");
  }
  return absl::StrCat(text, "</tr></thead><tbody>\n");
}

constexpr char kTableEnd[] = "</tbody></table></div>\n";

absl::string_view VerdictMeaning(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "What the policies let through is what is declared, for any pod "
             "with any labels in any namespace and for every IPv4 and IPv6 "
             "address.";
    case Verdict::kFail:
      return "What is declared is not what there is. Each finding says where, "
             "with an example.";
    case Verdict::kUnknown:
      return "Something in the input could change the answer either way. This "
             "is no pass.";
  }
  return "";
}

std::string VerdictPart(const Report& report) {
  const absl::string_view name = VerdictName(report.verdict);
  return absl::StrCat("<div class=\"verdict ", name, "\"><strong>", name,
                      "</strong><p>", VerdictMeaning(report.verdict), "</p><p>",
                      CountsText(report), ".</p></div>\n<p>", EvidenceText(),
                      "</p>\n");
}

std::string FindingsPart(const Report& report) {
  std::string text =
      "<section aria-labelledby=\"findings\"><h2 "
      "id=\"findings\">Findings</h2>\n";
  if (report.findings.empty()) {
    return absl::StrCat(text, "<p>None.</p></section>\n");
  }
  text +=
      TableHead("Findings, the gravest first",
                {"Severity", "Rule", "Subject", "What", "Where", "PCI DSS"});
  for (const Finding& one : report.findings) {
    const absl::string_view severity = SeverityName(one.severity);
    absl::StrAppend(
        &text, "<tr>",
        Cell(severity, absl::StrCat("class=\"fixed sev-", severity, "\"")),
        "<th scope=\"row\">", XmlEscaped(one.rule), "</th>",
        LongCell(one.subject), "<td>", XmlEscaped(one.message));
    if (!one.example.empty()) {
      absl::StrAppend(&text, "<br><em>Example:</em> ", XmlEscaped(one.example));
    }
    absl::StrAppend(&text, "</td>", LongCell(SourceText(one.source)),
                    Cell(PciText(RuleOf(one.rule).pci)), "</tr>\n");
  }
  return absl::StrCat(text, kTableEnd, "</section>\n");
}

// The drawing is of what is declared; a leak must not be missed over it.
std::string DrawingNote(const Report& report) {
  const auto leaks = static_cast<size_t>(std::count_if(
      report.findings.begin(), report.findings.end(), [](const Finding& one) {
        return one.rule == kLeakIngress || one.rule == kLeakEgress;
      }));
  return absl::StrCat(
      "<p>The drawing shows what is declared; a flow that is blocked is "
      "dashed.",
      leaks == 0
          ? ""
          : absl::StrCat(" What is open beyond it is not drawn; the ",
                         "findings have ", CountText(leaks, "leak"), "."),
      "</p>\n");
}

std::string FlowsPart(const Report& report) {
  std::string text = absl::StrCat(
      "<section aria-labelledby=\"flows\"><h2 id=\"flows\">Flow matrix</h2>\n",
      DrawingNote(report), ScrollStart("Drawing of the declared flows"),
      DrawFlows(report.flows), "</div>\n",
      TableHead("Every declared flow with its reason",
                {"Flow", "From", "To", "Ports", "Identity", "Justification",
                 "Owner", "Approved by", "Review by", "PCI DSS", "State"}));
  for (const FlowRow& row : report.flows) {
    const absl::string_view state = row.is_blocked ? "blocked" : "open";
    absl::StrAppend(&text, "<tr><th scope=\"row\">", XmlEscaped(row.name),
                    "</th>", LongCell(row.from), LongCell(row.to),
                    LongCell(row.ports), LongCell(row.identity),
                    Cell(row.justification));
    absl::StrAppend(
        &text, Cell(row.owner), Cell(row.approved_by),
        Cell(row.review_by, "class=\"fixed\""), Cell(PciText(row.pci)),
        Cell(state, absl::StrCat("class=\"fixed state-", state, "\"")),
        "</tr>\n");
  }
  return absl::StrCat(text, kTableEnd, "</section>\n");
}

std::string ListPart(absl::string_view id, absl::string_view title,
                     const std::vector<std::string>& items) {
  std::string text =
      absl::StrCat("<section aria-labelledby=\"", id, "\"><h2 id=\"", id, "\">",
                   title, "</h2>\n<ul>\n");
  for (const std::string& item : items) {
    absl::StrAppend(&text, "<li>", XmlEscaped(item), "</li>\n");
  }
  return absl::StrCat(text, "</ul></section>\n");
}

std::string InputPart(const Report& report) {
  std::string text = absl::StrCat(
      "<section aria-labelledby=\"input\"><h2 id=\"input\">How to repeat it",
      "</h2>\n<p>Made ", XmlEscaped(report.made_at), " by panvault-segcheck ",
      XmlEscaped(report.tool_version), " with</p>\n<pre><code>",
      XmlEscaped(report.command), "</code></pre>\n",
      TableHead("Files that were read", {"File", "SHA-256"}));
  for (const InputFile& file : report.inputs) {
    absl::StrAppend(&text, "<tr><th scope=\"row\">", XmlEscaped(file.name),
                    "</th><td><code>", file.sha256, "</code></td></tr>\n");
  }
  return absl::StrCat(text, kTableEnd, "</section>\n");
}

}  // namespace

std::string ToHtml(const Report& report) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
      "<meta name=\"viewport\" content=\"width=device-width,"
      "initial-scale=1\">\n<title>Segmentation: ",
      VerdictName(report.verdict), "</title>\n<style>", kStyle,
      "</style></head>\n<body>\n<header><h1>Segmentation of the card vault",
      "</h1></header>\n<main>\n", VerdictPart(report), FindingsPart(report),
      FlowsPart(report),
      ListPart("judged", "Workloads that were judged", report.checked),
      ListPart("not-checked", "What was not checked", report.not_checked),
      InputPart(report), "</main>\n</body></html>\n");
}

}  // namespace panvault::segmentation
