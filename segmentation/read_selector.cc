#include "segmentation/read_selector.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace panvault::segmentation {
namespace {

constexpr size_t kNameBytesMax = 63;
constexpr size_t kPrefixBytesMax = 253;

bool IsAlnum(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsLowerAlnum(char c) { return IsAlnum(c) && !(c >= 'A' && c <= 'Z'); }

std::optional<Requirement::Operator> ParseOperator(absl::string_view name) {
  if (name == "In") return Requirement::Operator::kIn;
  if (name == "NotIn") return Requirement::Operator::kNotIn;
  if (name == "Exists") return Requirement::Operator::kExists;
  if (name == "DoesNotExist") return Requirement::Operator::kDoesNotExist;
  return std::nullopt;
}

std::optional<Requirement> ReadRequirement(Fields fields) {
  Requirement requirement;
  requirement.key = fields.RequiredString("key");
  const std::string op = fields.RequiredString("operator");
  requirement.values = fields.StringList("values");
  fields.Finish();
  if (requirement.key.empty() || op.empty()) return std::nullopt;
  if (!IsLabelKey(requirement.key)) fields.Report("key", "is no label key");
  for (const std::string& value : requirement.values) {
    if (!IsLabelValue(value)) fields.Report("values", "holds no label value");
  }
  const std::optional<Requirement::Operator> known = ParseOperator(op);
  if (!known) {
    fields.Report("operator", "is not In, NotIn, Exists or DoesNotExist");
    return std::nullopt;
  }
  requirement.op = *known;
  const bool needs_values = *known == Requirement::Operator::kIn ||
                            *known == Requirement::Operator::kNotIn;
  if (needs_values == requirement.values.empty()) {
    fields.Report("values", needs_values ? "is needed by In and NotIn"
                                         : "is not allowed with this operator");
    return std::nullopt;
  }
  return requirement;
}

}  // namespace

bool IsLabelValue(absl::string_view value) {
  if (value.empty()) return true;
  return value.size() <= kNameBytesMax && IsAlnum(value.front()) &&
         IsAlnum(value.back()) &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return IsAlnum(c) || c == '-' || c == '_' || c == '.';
         });
}

bool IsDnsLabel(absl::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         IsLowerAlnum(name.front()) && IsLowerAlnum(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLowerAlnum(c) || c == '-'; });
}

bool IsLabelKey(absl::string_view key) {
  const size_t slash = key.find('/');
  if (slash == absl::string_view::npos) {
    return !key.empty() && IsLabelValue(key);
  }
  const absl::string_view prefix = key.substr(0, slash);
  const absl::string_view name = key.substr(slash + 1);
  const std::vector<absl::string_view> parts = absl::StrSplit(prefix, '.');
  return prefix.size() <= kPrefixBytesMax && !name.empty() &&
         IsLabelValue(name) &&
         std::all_of(parts.begin(), parts.end(), IsDnsLabel);
}

Labels ReadLabels(Fields& fields, absl::string_view key) {
  Labels labels = fields.StringMap(key).value_or(Labels());
  for (const auto& [name, value] : labels) {
    if (!IsLabelKey(name)) {
      fields.Report(FieldPath(key, name), "is no label key");
    }
    if (!IsLabelValue(value)) {
      fields.Report(FieldPath(key, name), "has no label value");
    }
  }
  return labels;
}

Selector ReadSelector(Fields fields) {
  Selector selector;
  for (auto& [key, value] : ReadLabels(fields, "matchLabels")) {
    selector.requirements.push_back({key, Requirement::Operator::kIn, {value}});
  }
  const std::vector<TreeNode>& expressions = fields.List("matchExpressions");
  for (size_t i = 0; i < expressions.size(); ++i) {
    std::optional<Requirement> requirement = ReadRequirement(
        Fields(expressions[i],
               ItemPath(FieldPath(fields.path(), "matchExpressions"), i),
               fields.context()));
    if (requirement) selector.requirements.push_back(*std::move(requirement));
  }
  fields.Finish();
  return selector;
}

}  // namespace panvault::segmentation
