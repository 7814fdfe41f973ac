// Puts a target under load and measures what comes back.
//
// Open loop: calls are due at a fixed rate, whether or not earlier ones have
// been answered, and the latency of a call counts from when it was due, not
// from when it could be sent. So a server that stalls for a second shows a
// second's worth of slow calls, as its users would see it, and not one of them
// ("coordinated omission").
//
// Closed loop: as many calls as there are slots are kept out. It finds the
// rate that a target can sustain; its latencies depend on the slots.

#ifndef PANVAULT_BENCH_DRIVER_H_
#define PANVAULT_BENCH_DRIVER_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "bench/error_counts.h"
#include "bench/histogram.h"
#include "bench/target.h"

namespace panvault::bench {

struct LoadPlan {
  // Calls per second, for an open loop; nothing for a closed one.
  std::optional<double> rate = std::nullopt;
  // Comes first and is not measured.
  Nanoseconds warm_up = std::chrono::seconds(1);
  Nanoseconds duration = std::chrono::seconds(5);
  // After the end an open loop sends what is overdue for this long; what is
  // left then counts as an error NOT_SENT.
  Nanoseconds overtime_max = std::chrono::seconds(5);
  // More errors than this end the run early: it cannot be used anyway.
  uint64_t errors_max = 1000;
};

struct LoadProgress {
  Nanoseconds elapsed = {};
  Nanoseconds total = {};
  uint64_t calls = 0;
  uint64_t errors = 0;
  uint64_t in_flight = 0;
};

struct LoadResult {
  // Nanoseconds, of the calls that succeeded whole and were due within the
  // measured time.
  Histogram latency_ns = {};
  // Rates of what succeeded within the measured time.
  double calls_per_s = 0;
  double items_per_s = 0;
  // All calls that ended, warm-up included.
  uint64_t calls = 0;
  // All errors, warm-up included. If there is one, the figures are void.
  ErrorCounts errors = {};
};

// Called about ten times a second.
using OnProgress = std::function<void(const LoadProgress&)>;

// Returns when all calls have ended. Does not bound the time of a call: the
// target has to.
LoadResult RunLoad(Target& target, const LoadPlan& plan,
                   const OnProgress& on_progress = nullptr);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_DRIVER_H_
