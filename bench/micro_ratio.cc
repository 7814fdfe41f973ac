#include "bench/micro_ratio.h"

#include <time.h>

#include <algorithm>
#include <limits>

#include "bench/paired.h"

namespace panvault::bench {
namespace {

// Meets no goal, from either side.
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double ThreadCpuNs() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 +
         static_cast<double>(now.tv_nsec);
}

// Time of one run, over `repeats` of them.
double SampleNs(const std::function<void()>& run, int repeats) {
  const double start = ThreadCpuNs();
  for (int i = 0; i < repeats; ++i) run();
  return (ThreadCpuNs() - start) / repeats;
}

int RepeatsFor(const std::function<void()>& run, double sample_ms) {
  SampleNs(run, 3);  // Warm.
  const double one_ns = std::max(SampleNs(run, 10), 1.0);
  return std::max(1, static_cast<int>(sample_ms * 1e6 / one_ns));
}

}  // namespace

Paired MeasurePaired(const std::function<void()>& subject,
                     const std::function<void()>& floor,
                     const PairedOptions& options) {
  const int subject_repeats = RepeatsFor(subject, options.sample_ms);
  const int floor_repeats = RepeatsFor(floor, options.sample_ms);
  PairedSamples samples;
  for (int round = 0; round < options.rounds; ++round) {
    const double floor_ns = SampleNs(floor, floor_repeats);
    const double subject_ns = SampleNs(subject, subject_repeats);
    samples.Add({.subject = subject_ns, .floor = floor_ns});
  }
  return {.subject_ns = samples.subject(),
          .floor_ns = samples.floor(),
          .time_ratio = samples.ratio().value_or(kNan)};
}

}  // namespace panvault::bench
