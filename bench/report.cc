#include "bench/report.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace panvault::bench {
namespace {

nlohmann::ordered_json JsonOrNull(const std::optional<double>& number) {
  if (!number.has_value()) return nullptr;
  return *number;
}

// Four digits that count, and no exponents.
std::string Text(double number) {
  return number >= 1000 ? absl::StrFormat("%.0f", number)
                        : absl::StrFormat("%.4g", number);
}

std::string TextOrDash(const std::optional<double>& number) {
  return number.has_value() ? Text(*number) : "-";
}

// Three decimals; of what is near zero, more.
std::string RatioText(const std::optional<double>& ratio) {
  if (!ratio.has_value()) return "-";
  return *ratio < 0.1 ? absl::StrFormat("%.5f", *ratio)
                      : absl::StrFormat("%.3f", *ratio);
}

std::string GoalText(const ReportRow& row) {
  if (!row.goal.has_value()) return "-";
  return absl::StrFormat("%s %.2f%s", row.at_most ? "<=" : ">=", *row.goal,
                         MeetsGoal(row) ? "" : "  MISSED");
}

}  // namespace

bool MeetsGoal(const ReportRow& row) {
  if (!row.goal.has_value()) return true;
  if (!row.ratio.has_value()) return false;
  return row.at_most ? *row.ratio <= *row.goal + row.slack
                     : *row.ratio >= *row.goal - row.slack;
}

bool MeetsGoals(absl::Span<const ReportRow> rows) {
  return std::all_of(rows.begin(), rows.end(), MeetsGoal);
}

std::string ReportTable(absl::Span<const ReportRow> rows) {
  size_t width = 4;
  for (const ReportRow& row : rows) width = std::max(width, row.name.size());
  const auto name_width = static_cast<int>(width);
  std::string table =
      absl::StrFormat("%-*s %10s %-10s %10s %7s  %s\n", name_width, "name",
                      "value", "unit", "floor", "ratio", "goal");
  for (const ReportRow& row : rows) {
    absl::StrAppendFormat(&table, "%-*s %10s %-10s %10s %7s  %s\n", name_width,
                          row.name, Text(row.value), row.unit,
                          TextOrDash(row.floor), RatioText(row.ratio),
                          GoalText(row));
  }
  return table;
}

std::string ReportJson(absl::Span<const ReportRow> rows) {
  auto list = nlohmann::ordered_json::array();
  for (const ReportRow& row : rows) {
    nlohmann::ordered_json object;
    object["name"] = row.name;
    object["value"] = row.value;
    object["unit"] = row.unit;
    object["floor"] = JsonOrNull(row.floor);
    object["ratio"] = JsonOrNull(row.ratio);
    object["goal"] = JsonOrNull(row.goal);
    object["at_most"] = row.at_most;
    list.push_back(std::move(object));
  }
  return list.dump(1) + "\n";
}

absl::Status WriteReport(const std::string& path,
                         absl::Span<const ReportRow> rows) {
  std::ofstream file(path, std::ios::trunc);
  file << ReportJson(rows);
  file.close();
  if (!file) {
    return absl::UnavailableError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

}  // namespace panvault::bench
