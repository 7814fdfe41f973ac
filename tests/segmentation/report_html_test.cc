// What this shows: the page stands alone, without script or anything from
// elsewhere, has all of the report, is marked up for those who hear it, and has
// colours that can be told apart.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
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
        "pod {} in namespace dev reaches it",
        "rendered.<wbr>yaml,<wbr> document 3",
        "spiffe:/<wbr>/<wbr>pay.<wbr>example/<wbr>ns/<wbr>shop/<wbr>sa/"
        "<wbr>api",
        "2027-01-31", "1.2.5, 1.3.1", "3 flows declared",
        "findings have 1 leak.", "abc123", "panvault-segcheck verify", "ICMP",
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

// Of two colours "#rrggbb" or "#rgb", as WCAG 2 defines it: 1 to 21.
double Luminance(const std::string& colour) {
  const double weights[] = {0.2126, 0.7152, 0.0722};
  const size_t digits = (colour.size() - 1) / 3;
  double sum = 0;
  for (size_t i = 0; i < 3; ++i) {
    std::string part = colour.substr(1 + i * digits, digits);
    if (digits == 1) part += part;
    const double value = std::stoi(part, nullptr, 16) / 255.0;
    sum += weights[i] * (value <= 0.04045
                             ? value / 12.92
                             : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double Contrast(const std::string& a, const std::string& b) {
  const double one = Luminance(a);
  const double two = Luminance(b);
  return (std::max(one, two) + 0.05) / (std::min(one, two) + 0.05);
}

// The names and values of ":root{...}", of which there is one for each of
// screens that are light, dark, and paper.
std::vector<std::map<std::string, std::string>> Palettes(
    const std::string& page) {
  std::vector<std::map<std::string, std::string>> palettes;
  for (const absl::string_view part : absl::StrSplit(page, ":root{")) {
    palettes.emplace_back();
    const absl::string_view block = part.substr(0, part.find('}'));
    for (absl::string_view pair : absl::StrSplit(block, ';')) {
      pair = absl::StripAsciiWhitespace(pair);
      if (!absl::ConsumePrefix(&pair, "--")) continue;
      const std::pair<std::string, std::string> named =
          absl::StrSplit(pair, ':');
      palettes.back().insert(named);
    }
  }
  palettes.erase(palettes.begin());  // What comes before the first.
  return palettes;
}

// WCAG 2 AA, 1.4.3.
TEST(ReportHtmlTest, TextIsEasyToTellFromItsGround) {
  EXPECT_NEAR(Contrast("#000", "#ffffff"), 21, 0.01);
  EXPECT_NEAR(Contrast("#777777", "#fff"), 4.48, 0.01);
  const auto palettes = Palettes(ToHtml(SampleReport()));
  ASSERT_EQ(palettes.size(), 3U);
  for (const auto& colours : palettes) {
    for (const char* const ground : {"back", "panel"}) {
      for (const char* const ink : {"ink", "soft", "pass", "fail", "unknown"}) {
        EXPECT_GE(Contrast(colours.at(ink), colours.at(ground)), 4.5)
            << ink << " on " << ground;
      }
    }
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
