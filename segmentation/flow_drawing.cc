#include "segmentation/flow_drawing.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "segmentation/report_text.h"

namespace panvault::segmentation {
namespace {

// In the drawing's own units; a letter is some seven wide.
constexpr size_t kBoxWidth = 280;
constexpr size_t kGap = 130;
constexpr size_t kMiddle = kBoxWidth + kGap;
constexpr size_t kRight = 2 * kMiddle;
constexpr size_t kWidth = kRight + kBoxWidth;
constexpr size_t kBoxHeight = 60;
constexpr size_t kStep = 74;
constexpr size_t kTop = 34;
constexpr size_t kLine = 17;
constexpr size_t kInnerStep = 2 * kLine + 6;
constexpr size_t kBoxBytes = 40;
constexpr size_t kGapBytes = 18;

// The first `bytes` at most, and never a part of a letter.
absl::string_view Start(absl::string_view text, size_t bytes) {
  while (bytes > 0 && bytes < text.size() &&
         (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) {
    --bytes;
  }
  return text.substr(0, bytes);
}

std::string Cut(absl::string_view text, size_t bytes) {
  if (text.size() <= bytes) return XmlEscaped(text);
  return absl::StrCat(XmlEscaped(Start(text, bytes - 3)), "...");
}

// Two lines, broken at a space if there is one.
std::pair<std::string, std::string> Break(absl::string_view text) {
  if (text.size() <= kBoxBytes) return {XmlEscaped(text), ""};
  const size_t space = text.substr(0, kBoxBytes + 1).rfind(' ');
  if (space != absl::string_view::npos) {
    return {XmlEscaped(text.substr(0, space)),
            Cut(text.substr(space + 1), kBoxBytes)};
  }
  const absl::string_view start = Start(text, kBoxBytes);
  return {XmlEscaped(start), Cut(text.substr(start.size()), kBoxBytes)};
}

struct Place {
  size_t x;
  size_t y;
};

std::string Text(const Place& at, absl::string_view escaped,
                 absl::string_view name = "") {
  return absl::StrCat("<text x=\"", at.x, "\" y=\"", at.y, "\"",
                      name.empty() ? "" : absl::StrCat(" class=\"", name, "\""),
                      ">", escaped, "</text>");
}

std::string Box(const Place& at, absl::string_view name,
                absl::string_view detail) {
  const auto [first, second] = Break(detail);
  const Place text = {at.x + 10, at.y + kLine};
  return absl::StrCat("<rect class=\"zone\" x=\"", at.x, "\" y=\"", at.y,
                      "\" width=\"", kBoxWidth, "\" height=\"", kBoxHeight,
                      "\" rx=\"4\"/>", Text(text, Cut(name, kBoxBytes), "name"),
                      Text({text.x, text.y + kLine}, first),
                      Text({text.x, text.y + 2 * kLine}, second), "\n");
}

std::string Arrow(size_t from_x, size_t y, const FlowRow& row) {
  return absl::StrCat(
      "<line class=\"", row.is_blocked ? "blocked" : "flow", "\" x1=\"", from_x,
      "\" x2=\"", from_x + kGap - 2, "\" y1=\"", y, "\" y2=\"", y,
      "\" marker-end=\"url(#tip)\"/>",
      Text({from_x + kGap / 2, y - 6}, Cut(row.ports, kGapBytes), "port"),
      "\n");
}

// A flow within the release: its ends, and its ports below.
std::string Inner(size_t y, const FlowRow& row) {
  const std::string ends = absl::StrCat(row.from, " to ", row.to);
  const std::string ports =
      absl::StrCat(row.ports, row.is_blocked ? ", blocked" : "");
  return absl::StrCat(Text({kMiddle + 10, y}, Cut(ends, kBoxBytes)),
                      Text({kMiddle + 24, y + kLine}, Cut(ports, kBoxBytes - 2),
                           row.is_blocked ? "cut" : ""),
                      "\n");
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
        drawn += Arrow(kBoxWidth, at.y + kBoxHeight / 2, row);
        break;
      }
      case FlowRow::Side::kOutOf: {
        const Place at = {kRight, kTop + kStep * out_of++};
        drawn += Box(at, row.name, row.to);
        drawn += Arrow(kMiddle + kBoxWidth, at.y + kBoxHeight / 2, row);
        break;
      }
      case FlowRow::Side::kWithin:
        inner += Inner(kTop + 3 * kLine + kInnerStep * within++, row);
        break;
    }
  }
  const size_t height = std::max({kStep * into, kStep * out_of,
                                  kBoxHeight + kInnerStep * within, kStep}) -
                        (kStep - kBoxHeight);
  return absl::StrCat(
      "<svg role=\"img\" aria-labelledby=\"drawing-title\" viewBox=\"-1 0 ",
      kWidth + 2, " ", kTop + height + 1, "\">\n<title id=\"drawing-title\">",
      into, " flows into the release, ", out_of, " out of it, ", within,
      " within it; the table below has them all</title>\n<defs><marker "
      "id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" "
      "orient=\"auto\"><path class=\"tip\" "
      "d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>\n<text x=\"0\" y=\"20\" "
      "class=\"head\">Callers</text><text x=\"",
      kMiddle, "\" y=\"20\" class=\"head\">The release</text><text x=\"",
      kRight, "\" y=\"20\" class=\"head\">What it calls</text>\n",
      "<rect class=\"release\" x=\"", kMiddle, "\" y=\"", kTop, "\" width=\"",
      kBoxWidth, "\" height=\"", height, "\" rx=\"4\"/><text x=\"",
      kMiddle + 10, "\" y=\"", kTop + kLine,
      "\" class=\"name\">panvault</text>\n", inner, drawn, "</svg>\n");
}

}  // namespace panvault::segmentation
