#include "segmentation/flow_words.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"

namespace panvault::segmentation {
namespace {

constexpr size_t kDayBytes = 10;
constexpr size_t kPartDigitsMax = 2;

bool IsNumber(absl::string_view text) {
  return !text.empty() && text.size() <= kPartDigitsMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

}  // namespace

bool IsDay(absl::string_view text) {
  absl::CivilDay day;
  return text.size() == kDayBytes && absl::ParseCivilTime(text, &day) &&
         absl::FormatCivilTime(day) == text;
}

bool IsRequirement(absl::string_view text) {
  absl::ConsumePrefix(&text, "A");
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  return parts.size() >= 2 && parts.size() <= 4 &&
         std::all_of(parts.begin(), parts.end(), IsNumber);
}

FlowWords ReadFlowWords(Fields& fields, bool is_review_needed) {
  FlowWords words;
  words.justification = fields.RequiredString("justification");
  words.owner = fields.RequiredString("owner");
  words.approved_by = fields.RequiredString("approved_by");
  words.review_by = is_review_needed ? fields.RequiredString("review_by")
                                     : fields.String("review_by").value_or("");
  if (!words.review_by.empty() && !IsDay(words.review_by)) {
    fields.Report("review_by", "is no day, YYYY-MM-DD");
  }
  words.pci = fields.StringList("pci");
  for (size_t i = 0; i < words.pci.size(); ++i) {
    if (!IsRequirement(words.pci[i])) {
      fields.Report(ItemPath("pci", i), "is no requirement, as in 1.2.5");
    }
  }
  return words;
}

}  // namespace panvault::segmentation
