// What this shows: JSON has all of the report, and stays JSON whatever names
// hold.

#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "segmentation/report_text.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using Json = nlohmann::json;

TEST(ReportJsonTest, HasAll) {
  const Json json = Json::parse(ToJson(SampleReport()), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["verdict"], "FAIL");
  EXPECT_EQ(json["findings"].size(), 3U);
  EXPECT_EQ(json["findings"][0]["rule"], "leak-ingress");
  EXPECT_EQ(json["findings"][0]["pci"][0], "1.3.1");
  EXPECT_EQ(json["findings"][0]["source"]["line"], 40);
  EXPECT_FALSE(json["findings"][2].contains("source"));
  EXPECT_EQ(json["flows"][1]["blocked"], true);
  EXPECT_EQ(json["flows"][0]["justification"], kNasty);
  EXPECT_EQ(json["inputs"][0]["sha256"], "abc123");
  EXPECT_EQ(json["command"], "panvault-segcheck verify");
  EXPECT_EQ(json["not_checked"][0], "ICMP");
}

TEST(ReportJsonTest, NamesThatAreNoUtf8) {
  Report report = SampleReport();
  report.findings[0].subject = "\xff\xfe";
  EXPECT_FALSE(Json::parse(ToJson(report), nullptr, false).is_discarded());
  EXPECT_FALSE(Json::parse(ToSarif(report), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace panvault::segmentation
