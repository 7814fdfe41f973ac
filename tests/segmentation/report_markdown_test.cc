// What this shows: Markdown has all of the report, and each row of its tables
// has as many cells as its head, whatever names hold.

#include <algorithm>
#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/report_text.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReportMarkdownTest, HasAll) {
  const std::string text = ToMarkdown(SampleReport());
  EXPECT_THAT(text, HasSubstr("# Segmentation: FAIL\n"));
  EXPECT_THAT(text, HasSubstr("| fail | leak-ingress |"));
  EXPECT_THAT(text, HasSubstr("| blocked |"));
  EXPECT_THAT(text, HasSubstr("| rendered.yaml | abc123 |"));
  EXPECT_THAT(text, HasSubstr("- ICMP\n"));
  EXPECT_THAT(text, HasSubstr("not the penetration test"));
  EXPECT_THAT(text, Not(HasSubstr("<b>")));
}

TEST(ReportMarkdownTest, RowsHaveTheCellsOfTheirHead) {
  const std::string text =
      absl::StrReplaceAll(ToMarkdown(SampleReport()), {{"\\|", "/"}});
  std::ptrdiff_t cells = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::ptrdiff_t found = std::count(line.begin(), line.end(), '|');
    if (found == 0) cells = 0;
    if (found != 0 && cells == 0) cells = found;
    EXPECT_EQ(found, cells) << line;
  }
}

TEST(ReportMarkdownTest, SaysNoneWithoutFindings) {
  Report report = SampleReport();
  report.findings.clear();
  EXPECT_THAT(ToMarkdown(report), HasSubstr("## Findings\n\nNone.\n"));
}

}  // namespace
}  // namespace panvault::segmentation
