#include "bench/load_rows.h"

#include "absl/strings/str_cat.h"

namespace panvault::bench {
namespace {

struct Percentile {
  const char* name;
  double quantile;
};
constexpr Percentile kPercentiles[] = {
    {"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};

double ToMicroseconds(uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e3;
}

}  // namespace

std::string FigureName(const CallSpec& call) {
  switch (call.method) {
    case Method::kTokenize:
      return "unary_tokenize";
    case Method::kBatchTokenize:
      return absl::StrCat("batch_tokenize_", call.items);
    case Method::kBulkTokenize:
      return absl::StrCat("bulk_tokenize_", call.items);
  }
  return "";
}

std::vector<ReportRow> RunRows(const CallSpec& call, const LoadResult& result) {
  const std::string name = FigureName(call);
  std::vector<ReportRow> rows = {
      {.name = name, .value = result.calls_per_s, .unit = "RPC/s"}};
  if (call.method != Method::kTokenize) {
    rows.push_back({.name = absl::StrCat(name, "_items"),
                    .value = result.items_per_s,
                    .unit = "items/s"});
  }
  const auto add = [&](const char* which, uint64_t nanoseconds) {
    rows.push_back({.name = absl::StrCat(name, "_", which),
                    .value = ToMicroseconds(nanoseconds),
                    .unit = "us",
                    .at_most = true});
  };
  for (const Percentile& p : kPercentiles) {
    add(p.name, result.latency_ns.Quantile(p.quantile));
  }
  add("max", result.latency_ns.max());
  return rows;
}

std::vector<ReportRow> LatencyRows(absl::string_view name,
                                   const DuelResult& duel) {
  std::vector<ReportRow> rows;
  for (const Percentile& p : kPercentiles) {
    ReportRow row = {.name = absl::StrCat(name, "_", p.name),
                     .value = ToMicroseconds(duel.real_ns.Quantile(p.quantile)),
                     .unit = "us",
                     .floor = ToMicroseconds(duel.null_ns.Quantile(p.quantile)),
                     .at_most = true};
    if (*row.floor > 0) row.ratio = row.value / *row.floor;
    rows.push_back(std::move(row));
  }
  return rows;
}

ReportRow PairedRow(absl::string_view name, absl::string_view unit,
                    const PairedSamples& samples) {
  return {.name = std::string(name),
          .value = samples.subject(),
          .unit = std::string(unit),
          .floor = samples.floor(),
          .ratio = samples.ratio()};
}

}  // namespace panvault::bench
