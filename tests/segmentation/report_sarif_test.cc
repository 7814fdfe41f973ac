// What this shows: the report as SARIF 2.1.0 has what the standard requires:
// every result names a listed rule, levels are its words, lines are positive.

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "segmentation/report_text.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using Json = nlohmann::json;

TEST(ReportSarifTest, HasWhatTheStandardRequires) {
  const Json json = Json::parse(ToSarif(SampleReport()), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["version"], "2.1.0");
  ASSERT_EQ(json["runs"].size(), 1U);
  const Json& run = json["runs"][0];
  std::set<std::string> rules;
  for (const Json& rule : run["tool"]["driver"]["rules"]) {
    rules.insert(rule["id"]);
  }
  ASSERT_EQ(run["results"].size(), 3U);
  for (const Json& result : run["results"]) {
    EXPECT_EQ(rules.count(result["ruleId"]), 1U) << result["ruleId"];
    EXPECT_TRUE(result["level"] == "error" || result["level"] == "warning");
    EXPECT_FALSE(result["message"]["text"].empty());
  }
  const Json& place = run["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "rendered.yaml");
  EXPECT_EQ(place["region"]["startLine"], 40);
  EXPECT_FALSE(run["results"][1].contains("locations"));
  EXPECT_EQ(run["invocations"][0]["exitCode"], 1);
  EXPECT_EQ(run["artifacts"][0]["hashes"]["sha-256"], "abc123");
}

}  // namespace
}  // namespace panvault::segmentation
