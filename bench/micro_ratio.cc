#include "bench/micro_ratio.h"

#include <time.h>

#include <algorithm>
#include <vector>

namespace panvault::bench {
namespace {

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

double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Paired MeasurePaired(const std::function<void()>& subject,
                     const std::function<void()>& floor,
                     const PairedOptions& options) {
  const int subject_repeats = RepeatsFor(subject, options.sample_ms);
  const int floor_repeats = RepeatsFor(floor, options.sample_ms);
  std::vector<double> subjects;
  std::vector<double> floors;
  std::vector<double> ratios;
  for (int round = 0; round < options.rounds; ++round) {
    floors.push_back(SampleNs(floor, floor_repeats));
    subjects.push_back(SampleNs(subject, subject_repeats));
    ratios.push_back(subjects.back() / floors.back());
  }
  return {.subject_ns = Median(subjects),
          .floor_ns = Median(floors),
          .time_ratio = Median(ratios)};
}

}  // namespace panvault::bench
