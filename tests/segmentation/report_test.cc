// What this shows: failure outweighs doubt, doubt is no pass, warnings change
// nothing, and exit codes follow.

#include "segmentation/report.h"

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

Finding Of(Severity severity) {
  Finding finding;
  finding.severity = severity;
  return finding;
}

TEST(ReportTest, Verdicts) {
  const Finding fail = Of(Severity::kFail);
  const Finding unknown = Of(Severity::kUnknown);
  const Finding warning = Of(Severity::kWarning);
  EXPECT_EQ(VerdictOf({}), Verdict::kPass);
  EXPECT_EQ(VerdictOf({warning}), Verdict::kPass);
  EXPECT_EQ(VerdictOf({warning, unknown}), Verdict::kUnknown);
  EXPECT_EQ(VerdictOf({unknown, fail, warning}), Verdict::kFail);
}

TEST(ReportTest, ExitCodesAndNames) {
  EXPECT_EQ(ExitCodeOf(Verdict::kPass), 0);
  EXPECT_EQ(ExitCodeOf(Verdict::kFail), 1);
  EXPECT_EQ(ExitCodeOf(Verdict::kUnknown), 2);
  EXPECT_EQ(VerdictName(Verdict::kUnknown), "UNKNOWN");
  EXPECT_EQ(SeverityName(Severity::kWarning), "warning");
}

// Until something says otherwise, a report is no pass.
TEST(ReportTest, AnEmptyReportIsNoPass) {
  EXPECT_EQ(Report().verdict, Verdict::kUnknown);
}

}  // namespace
}  // namespace panvault::segmentation
