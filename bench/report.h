// What a benchmark found, as the rows of a table and of a JSON file: a list of
// {name, value, unit, floor, ratio, goal, at_most}.
//
// A figure means little without its floor: what the machine can do at best,
// measured in the same run. Goals are set on the ratio.

#ifndef PANVAULT_BENCH_REPORT_H_
#define PANVAULT_BENCH_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace panvault::bench {

// A gate lets a ratio miss its goal by this much, unless its row says
// otherwise: the noise of a shared machine.
inline constexpr double kGoalSlack = 0.05;

struct ReportRow {
  std::string name;
  double value = 0;  // In `unit`.
  std::string unit;
  std::optional<double> floor = std::nullopt;  // In `unit`.
  std::optional<double> ratio = std::nullopt;  // Of value to floor.
  std::optional<double> goal = std::nullopt;   // For the ratio.
  // Larger is better, unless this is true.
  bool at_most = false;
  // For a goal that kGoalSlack would make mean nothing.
  double slack = kGoalSlack;
};

// Whether the ratio meets the goal, give or take the slack. True if there is
// no goal; false if there is a goal and no ratio.
bool MeetsGoal(const ReportRow& row);
// Whether each row does: what --gate asks.
bool MeetsGoals(absl::Span<const ReportRow> rows);

// A table for people, with a heading.
std::string ReportTable(absl::Span<const ReportRow> rows);

// A JSON array; what is absent is null.
std::string ReportJson(absl::Span<const ReportRow> rows);

// Writes ReportJson() to `path`; its folder must exist. kUnavailable otherwise.
absl::Status WriteReport(const std::string& path,
                         absl::Span<const ReportRow> rows);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_REPORT_H_
