// The server beside its null handler: the figures of `panvault-load compare`.
//
// Both services have one listener, one process and the same connections, so
// that a ratio shows what panvault adds to a gRPC call and nothing else.

#ifndef PANVAULT_BENCH_COMPARE_H_
#define PANVAULT_BENCH_COMPARE_H_

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "bench/error_counts.h"
#include "bench/load_options.h"
#include "bench/load_progress.h"
#include "bench/pan_source.h"
#include "bench/report.h"
#include "grpcpp/channel.h"

namespace panvault::bench {

// Real calls per second over null ones. Some 3 us of work on top of 50 to 70 us
// of server and as much of client leave 0.95 at best.
inline constexpr double kUnaryGoal = 0.90;

// The open loop runs at this share of what the real service sustained.
inline constexpr double kOpenLoopShare = 0.3;

struct Comparison {
  std::vector<ReportRow> rows = {};
  // If there is one, rows may be missing, and those that stand are void.
  ErrorCounts errors = {};
};

// What goes to the server, and how it is shown.
struct CompareInput {
  const LoadOptions& options;
  absl::Span<const std::shared_ptr<grpc::Channel>> channels;
  const PanSource& pans;
  ProgressLine& progress;
};

Comparison Compare(const CompareInput& input);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_COMPARE_H_
