// What this shows: the page stands alone, without script or anything from
// elsewhere, has all of the report, and is marked up for those who hear it.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/report_text.h"
#include "tests/segmentation/count_of.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportHtmlTest, StandsAlone) {
  const std::string page = ToHtml(SampleReport());
  for (const char* const part :
       {"<script", "src=", "href=", "url(http", "@import", "<b>", "\x1b"}) {
    EXPECT_THAT(page, Not(HasSubstr(part))) << part;
  }
}

TEST(ReportHtmlTest, HasAll) {
  const std::string page = ToHtml(SampleReport());
  for (const char* const part :
       {"<strong>FAIL</strong>", "admits everybody",
        "pod {} in namespace dev reaches it", "rendered.yaml, document 3",
        "spiffe://pay.example/ns/shop/sa/api", "2027-01-31", "1.2.5, 1.3.1",
        "abc123", "panvault-segcheck verify", "ICMP",
        "not the penetration test", "2026-12-01T00:00:00Z"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
}

TEST(ReportHtmlTest, IsMarkedUpForThoseWhoHearIt) {
  const std::string page = ToHtml(SampleReport());
  for (const char* const part :
       {"<html lang=\"en\">", "<main>", "<header>", "<caption>",
        "<th scope=\"col\">", "<th scope=\"row\">", "<svg role=\"img\"",
        "<title id=\"drawing-title\">"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
  EXPECT_EQ(CountOf(page, "<h1>"), 1U);
  EXPECT_EQ(CountOf(page, "<table>"), CountOf(page, "<caption>"));
  for (const char* const element : {"table", "tr", "td", "section", "ul"}) {
    const std::string name = element;
    EXPECT_EQ(CountOf(page, "<" + name + ">") + CountOf(page, "<" + name + " "),
              CountOf(page, "</" + name + ">"))
        << name;
  }
}

TEST(ReportHtmlTest, APassSaysWhatItMeans) {
  Report report = SampleReport();
  report.verdict = Verdict::kPass;
  report.findings.clear();
  const std::string page = ToHtml(report);
  EXPECT_THAT(page, HasSubstr("any labels in any namespace"));
  EXPECT_THAT(page, HasSubstr("<p>None.</p>"));
}

}  // namespace
}  // namespace panvault::segmentation
