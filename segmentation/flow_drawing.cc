#include "segmentation/flow_drawing.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "segmentation/report_text.h"

namespace panvault::segmentation {
namespace {

// In the drawing's own units.
constexpr size_t kWidth = 960;
constexpr size_t kBoxWidth = 240;
constexpr size_t kBoxHeight = 44;
constexpr size_t kStep = 60;
constexpr size_t kTop = 34;
constexpr size_t kMiddle = (kWidth - kBoxWidth) / 2;
constexpr size_t kRight = kWidth - kBoxWidth;
constexpr size_t kShownBytesMax = 34;

std::string Cut(absl::string_view text) {
  if (text.size() <= kShownBytesMax) return XmlEscaped(text);
  return absl::StrCat(XmlEscaped(text.substr(0, kShownBytesMax - 3)), "...");
}

struct Place {
  size_t x;
  size_t y;
};

std::string Box(const Place& at, absl::string_view name,
                absl::string_view detail) {
  return absl::StrCat("<rect class=\"zone\" x=\"", at.x, "\" y=\"", at.y,
                      "\" width=\"", kBoxWidth, "\" height=\"", kBoxHeight,
                      "\" rx=\"4\"/><text x=\"", at.x + 10, "\" y=\"",
                      at.y + 18, "\" class=\"name\">", Cut(name),
                      "</text><text x=\"", at.x + 10, "\" y=\"", at.y + 35,
                      "\">", Cut(detail), "</text>\n");
}

std::string Arrow(size_t from_x, size_t to_x, size_t y, const FlowRow& row) {
  return absl::StrCat("<line class=\"", row.is_blocked ? "blocked" : "flow",
                      "\" x1=\"", from_x, "\" x2=\"", to_x - 2, "\" y1=\"", y,
                      "\" y2=\"", y, "\" marker-end=\"url(#tip)\"/><text x=\"",
                      (from_x + to_x) / 2, "\" y=\"", y - 5,
                      "\" class=\"port\">", Cut(row.ports), "</text>\n");
}

}  // namespace

std::string DrawFlows(const std::vector<FlowRow>& flows) {
  size_t into = 0;
  size_t out_of = 0;
  size_t within = 0;
  std::string drawn;
  std::string inner;
  for (const FlowRow& row : flows) {
    switch (row.side) {
      case FlowRow::Side::kInto: {
        const Place at = {0, kTop + kStep * into++};
        drawn += Box(at, row.name, row.from);
        drawn += Arrow(kBoxWidth, kMiddle, at.y + kBoxHeight / 2, row);
        break;
      }
      case FlowRow::Side::kOutOf: {
        const Place at = {kRight, kTop + kStep * out_of++};
        drawn += Box(at, row.name, row.to);
        drawn += Arrow(kMiddle + kBoxWidth, kRight, at.y + kBoxHeight / 2, row);
        break;
      }
      case FlowRow::Side::kWithin: {
        const std::string ends = absl::StrCat(row.from, " to ", row.to);
        inner += absl::StrCat("<text x=\"", kMiddle + 10, "\" y=\"",
                              kTop + 48 + 20 * within++, "\">", Cut(ends), ", ",
                              Cut(row.ports), "</text>\n");
        break;
      }
    }
  }
  const size_t height =
      std::max({kStep * into, kStep * out_of, 40 + 20 * within, kStep});
  return absl::StrCat(
      "<svg role=\"img\" aria-labelledby=\"drawing-title\" viewBox=\"0 0 ",
      kWidth, " ", kTop + height, "\">\n<title id=\"drawing-title\">", into,
      " flows into the release, ", out_of, " out of it, ", within,
      " within it; the table below has them all</title>\n<defs><marker "
      "id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" "
      "orient=\"auto\"><path class=\"tip\" "
      "d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n<text x=\"0\" y=\"20\" "
      "class=\"head\">Callers</text><text x=\"",
      kMiddle, "\" y=\"20\" class=\"head\">The release</text><text x=\"",
      kRight, "\" y=\"20\" class=\"head\">What it calls</text>\n",
      "<rect class=\"release\" x=\"", kMiddle, "\" y=\"", kTop, "\" width=\"",
      kBoxWidth, "\" height=\"", height - 16, "\" rx=\"4\"/><text x=\"",
      kMiddle + 10, "\" y=\"", kTop + 22, "\" class=\"name\">panvault</text>\n",
      inner, drawn, "</svg>\n");
}

}  // namespace panvault::segmentation
