// What this shows: JUnit has a test for each rule and flow; what failed and
// what could not be decided are no successes.

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

TEST(ReportJunitTest, CountsAreThoseOfItsElements) {
  const std::string text = ToJunit(SampleReport());
  EXPECT_THAT(text, HasSubstr("tests=\"25\" failures=\"2\" errors=\"1\""));
  EXPECT_EQ(CountOf(text, "<testcase "), 25U);
  EXPECT_EQ(CountOf(text, "<failure "), 2U);
  EXPECT_EQ(CountOf(text, "<error "), 1U);
  EXPECT_EQ(CountOf(text, "<testcase "), CountOf(text, "</testcase>"));
}

TEST(ReportJunitTest, WarningsAreShownButDoNotFail) {
  EXPECT_THAT(ToJunit(SampleReport()),
              HasSubstr("<system-out>flow shop: its review was due"));
}

TEST(ReportJunitTest, EscapesNames) {
  EXPECT_THAT(ToJunit(SampleReport()), Not(HasSubstr("<b>")));
}

}  // namespace
}  // namespace panvault::segmentation
