// A figure beside its floor: both run in turns in this thread, on its CPU time,
// so that whatever else the machine does meets both alike.

#ifndef PANVAULT_BENCH_MICRO_RATIO_H_
#define PANVAULT_BENCH_MICRO_RATIO_H_

#include <functional>

namespace panvault::bench {

struct Paired {
  double subject_ns = 0;  // Median time of one run.
  double floor_ns = 0;
  // Median of the rounds' ratios: time of the subject to time of the floor.
  double time_ratio = 0;
};

// Each sample repeats its function for about `sample_ms`.
struct PairedOptions {
  int rounds = 21;
  double sample_ms = 5;
};

Paired MeasurePaired(const std::function<void()>& subject,
                     const std::function<void()>& floor,
                     const PairedOptions& options);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_MICRO_RATIO_H_
