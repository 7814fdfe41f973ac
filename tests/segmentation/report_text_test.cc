// What this shows: the text for a terminal, and that foreign names cannot move
// its cursor or break markup.

#include "segmentation/report_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportTextTest, PlainText) {
  const std::string text = ToPlainText(SampleReport());
  EXPECT_EQ(text.substr(0, 5), "FAIL\n");
  EXPECT_THAT(text,
              HasSubstr("fail [leak-ingress] Deployment vault/server: "
                        "admits everybody\n    example: pod {} in "
                        "namespace dev reaches it\n    in: rendered.yaml, "
                        "document 3, line 40\n    PCI DSS: 1.3.1, 1.4.2, "
                        "1.2.5\n"));
  EXPECT_THAT(text, HasSubstr("3 flows declared, 1 workload judged, 3 "
                              "findings\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ReportTextTest, EscapesMarkup) {
  EXPECT_EQ(XmlEscaped(kNasty), "&lt;b&gt;&amp;&quot;&#39;|?[31m");
}

TEST(ReportTextTest, FormsAndSources) {
  EXPECT_EQ(ParseReportForm("sarif"), ReportForm::kSarif);
  EXPECT_FALSE(ParseReportForm("pdf"));
  EXPECT_EQ(SourceText({}), "");
  EXPECT_EQ(SourceText({"f", 0, 0}), "f");
  EXPECT_EQ(SourceText({"f", 2, 7}), "f, document 2, line 7");
  const Report report = SampleReport();
  EXPECT_EQ(Write(report, ReportForm::kText), ToPlainText(report));
  EXPECT_EQ(Write(report, ReportForm::kJson), ToJson(report));
  EXPECT_EQ(Write(report, ReportForm::kJunit), ToJunit(report));
  EXPECT_EQ(Write(report, ReportForm::kSarif), ToSarif(report));
  EXPECT_EQ(Write(report, ReportForm::kMarkdown), ToMarkdown(report));
  EXPECT_EQ(Write(report, ReportForm::kHtml), ToHtml(report));
}

}  // namespace
}  // namespace panvault::segmentation
