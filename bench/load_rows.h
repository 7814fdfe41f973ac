// What a load run found, as rows of bench/report.h.
//
// Latencies are in microseconds. No row holds anything of a card number.

#ifndef PANVAULT_BENCH_LOAD_ROWS_H_
#define PANVAULT_BENCH_LOAD_ROWS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bench/driver.h"
#include "bench/duel.h"
#include "bench/histogram.h"
#include "bench/paired.h"
#include "bench/report.h"
#include "bench/rpc_call.h"

namespace panvault::bench {

// "unary_tokenize", "batch_tokenize_1000", "bulk_tokenize_10000".
std::string FigureName(const CallSpec& call);

// One run by itself: rates, p50, p99, p99.9, maximum.
std::vector<ReportRow> RunRows(const CallSpec& call, const LoadResult& result);

// p50, p99, p99.9 of `real` beside those of `null`; the ratio is of the two
// quantiles over all rounds, because a round has too few calls for a p99.9.
std::vector<ReportRow> LatencyRows(absl::string_view name,
                                   const DuelResult& duel);

// Medians, and the median of the rounds' ratios.
ReportRow PairedRow(absl::string_view name, absl::string_view unit,
                    const PairedSamples& samples);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_LOAD_ROWS_H_
