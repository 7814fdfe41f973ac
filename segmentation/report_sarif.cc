// ToSarif of report_text.h: Static Analysis Results Interchange Format 2.1.0.

#include <string>

#include "nlohmann/json.hpp"
#include "segmentation/report_text.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

using Json = nlohmann::ordered_json;

std::string LevelOf(Severity severity) {
  return severity == Severity::kWarning ? "warning" : "error";
}

Json RulesJson() {
  Json rules = Json::array();
  for (const RuleInfo& rule : AllRules()) {
    Json tags = Json::array();
    for (const std::string& pci : rule.pci) tags.push_back("PCI DSS " + pci);
    rules.push_back({{"id", std::string(rule.name)},
                     {"shortDescription", {{"text", std::string(rule.title)}}},
                     {"properties", {{"tags", tags}}}});
  }
  return rules;
}

Json ResultJson(const Finding& finding) {
  std::string text = finding.subject + ": " + finding.message;
  if (!finding.example.empty()) text += " (" + finding.example + ")";
  Json result = {{"ruleId", finding.rule},
                 {"level", LevelOf(finding.severity)},
                 {"message", {{"text", text}}}};
  if (finding.source.file.empty()) return result;
  Json place = {{"artifactLocation", {{"uri", finding.source.file}}}};
  if (finding.source.line > 0) {
    place["region"] = {{"startLine", finding.source.line}};
  }
  result["locations"] = Json::array({{{"physicalLocation", place}}});
  return result;
}

}  // namespace

std::string ToSarif(const Report& report) {
  Json results = Json::array();
  for (const Finding& finding : report.findings) {
    results.push_back(ResultJson(finding));
  }
  Json artifacts = Json::array();
  for (const InputFile& file : report.inputs) {
    artifacts.push_back({{"location", {{"uri", file.name}}},
                         {"hashes", {{"sha-256", file.sha256}}}});
  }
  const Json driver = {{"name", "panvault-segcheck"},
                       {"version", report.tool_version},
                       {"rules", RulesJson()}};
  const Json invocation = {{"executionSuccessful", true},
                           {"commandLine", report.command},
                           {"exitCode", ExitCodeOf(report.verdict)},
                           {"endTimeUtc", report.made_at}};
  const Json run = {
      {"tool", {{"driver", driver}}},
      {"invocations", Json::array({invocation})},
      {"artifacts", artifacts},
      {"results", results},
      {"properties", {{"verdict", std::string(VerdictName(report.verdict))}}}};
  const Json sarif = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs", Json::array({run})}};
  return sarif.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace panvault::segmentation
