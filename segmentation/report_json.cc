// ToJson of report_text.h.

#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "segmentation/report_text.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

Json ToJsonObject(const Finding& finding) {
  const RuleInfo& rule = RuleOf(finding.rule);
  Json json = {{"severity", std::string(SeverityName(finding.severity))},
               {"rule", finding.rule},
               {"title", std::string(rule.title)},
               {"pci", rule.pci},
               {"subject", finding.subject},
               {"message", finding.message}};
  if (!finding.example.empty()) json["example"] = finding.example;
  if (!finding.source.file.empty()) {
    json["source"] = {{"file", finding.source.file},
                      {"document", finding.source.document},
                      {"line", finding.source.line}};
  }
  return json;
}

Json ToJsonObject(const FlowRow& row) {
  return {{"name", row.name},
          {"from", row.from},
          {"to", row.to},
          {"ports", row.ports},
          {"identity", row.identity},
          {"justification", row.justification},
          {"owner", row.owner},
          {"approved_by", row.approved_by},
          {"review_by", row.review_by},
          {"pci", row.pci},
          {"blocked", row.is_blocked}};
}

template <typename T>
Json ToJsonList(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(ToJsonObject(item));
  return list;
}

}  // namespace

std::string ToJson(const Report& report) {
  Json inputs = Json::array();
  for (const InputFile& file : report.inputs) {
    inputs.push_back({{"file", file.name}, {"sha256", file.sha256}});
  }
  const Json json = {{"format", kFormatVersion},
                     {"verdict", std::string(VerdictName(report.verdict))},
                     {"tool", "panvault-segcheck " + report.tool_version},
                     {"made_at", report.made_at},
                     {"command", report.command},
                     {"inputs", inputs},
                     {"checked", report.checked},
                     {"flows", ToJsonList(report.flows)},
                     {"findings", ToJsonList(report.findings)},
                     {"not_checked", report.not_checked},
                     {"evidence", std::string(EvidenceText())}};
  // Names out of manifests may be no UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace panvault::segmentation
