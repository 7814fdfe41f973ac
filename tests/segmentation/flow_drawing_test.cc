// What this shows: every flow is in the drawing, on its side, and long names do
// not leave their box.

#include "segmentation/flow_drawing.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FlowDrawingTest, DrawsEverySide) {
  const std::string svg = DrawFlows(SampleReport().flows);
  EXPECT_THAT(svg,
              HasSubstr("1 flows into the release, 1 out of it, 1 within"));
  EXPECT_THAT(svg, HasSubstr("class=\"flow\" x1=\"240\""));
  EXPECT_THAT(svg, HasSubstr("class=\"blocked\" x1=\"600\""));
  EXPECT_THAT(svg, HasSubstr("test to server, TCP 8443"));
}

TEST(FlowDrawingTest, CutsLongNamesAndEscapes) {
  std::vector<FlowRow> rows(1);
  rows[0].name = std::string(100, 'x') + kNasty;
  rows[0].from = kNasty;
  rows[0].ports = "TCP 1";
  const std::string svg = DrawFlows(rows);
  EXPECT_THAT(svg, HasSubstr(std::string(31, 'x') + "...<"));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
}

TEST(FlowDrawingTest, NoFlowsNoArrows) {
  EXPECT_THAT(DrawFlows({}), Not(HasSubstr("<line")));
}

}  // namespace
}  // namespace panvault::segmentation
