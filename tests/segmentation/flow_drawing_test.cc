// What this shows: every flow is in the drawing, on its side, and long names do
// not leave their box.

#include "segmentation/flow_drawing.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/sample_report.h"

namespace panvault::segmentation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FlowDrawingTest, DrawsEverySide) {
  const std::string svg = DrawFlows(SampleReport().flows);
  EXPECT_THAT(svg,
              HasSubstr("1 flows into the release, 1 out of it, 1 within"));
  EXPECT_THAT(svg, HasSubstr("class=\"flow\" x1=\"280\""));
  EXPECT_THAT(svg, HasSubstr("class=\"blocked\" x1=\"690\""));
  EXPECT_THAT(svg, HasSubstr(">test to server</text>"));
}

TEST(FlowDrawingTest, CutsLongNamesAndEscapes) {
  std::vector<FlowRow> rows(1);
  rows[0].name = std::string(100, 'x') + kNasty;
  rows[0].from = kNasty;
  rows[0].ports = "TCP 1";
  const std::string svg = DrawFlows(rows);
  EXPECT_THAT(svg, HasSubstr(">" + std::string(37, 'x') + "...<"));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
}

TEST(FlowDrawingTest, BreaksAtASpaceOnce) {
  std::vector<FlowRow> rows(1);
  rows[0].from = "pods of checkout with app.kubernetes.io/name=checkout-api";
  EXPECT_THAT(DrawFlows(rows),
              AllOf(HasSubstr(">pods of checkout with</text>"),
                    HasSubstr(">app.kubernetes.io/name=checkout-api</text>")));
}

// Half a letter would make the page no UTF-8.
TEST(FlowDrawingTest, CutsBetweenLetters) {
  for (size_t shift = 0; shift < 4; ++shift) {
    std::vector<FlowRow> rows(1);
    rows[0].name = std::string(shift, 'x');
    for (int i = 0; i < 40; ++i) rows[0].name += "\xE2\x82\xAC";
    rows[0].from = rows[0].name;
    std::string svg = DrawFlows(rows);
    svg = absl::StrReplaceAll(svg, {{"\xE2\x82\xAC", ""}});
    EXPECT_TRUE(std::all_of(svg.begin(), svg.end(), [](char c) {
      return absl::ascii_isascii(static_cast<unsigned char>(c));
    })) << shift;
  }
}

TEST(FlowDrawingTest, BlockedFlowsWithinSaySo) {
  std::vector<FlowRow> rows(1);
  rows[0].side = FlowRow::Side::kWithin;
  rows[0].ports = "TCP 1";
  EXPECT_THAT(DrawFlows(rows), Not(HasSubstr("blocked")));
  rows[0].is_blocked = true;
  EXPECT_THAT(DrawFlows(rows), HasSubstr("class=\"cut\">TCP 1, blocked<"));
}

TEST(FlowDrawingTest, NoFlowsNoArrows) {
  EXPECT_THAT(DrawFlows({}), Not(HasSubstr("<line")));
}

}  // namespace
}  // namespace panvault::segmentation
