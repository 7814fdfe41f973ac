// Latencies counted in buckets that widen with the value: fixed memory, any
// number of values, a known relative error.
//
// The buckets are those of HdrHistogram: each power of two is cut into 128
// equal parts. A quantile is never under the exact one, and over it by less
// than 1/128 (0.8 %). The exact values are not kept.

#ifndef PANVAULT_BENCH_HISTOGRAM_H_
#define PANVAULT_BENCH_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace panvault::bench {

// Some 35 KB. Not thread-safe.
class Histogram final {
 public:
  // In nanoseconds, 18 minutes.
  static constexpr uint64_t kValueMax = (uint64_t{1} << 40) - 1;
  static constexpr uint64_t kParts = 128;

  Histogram();

  // Values over kValueMax count as kValueMax.
  void Record(uint64_t value);
  // As if all values of `other` had been recorded here.
  void Add(const Histogram& other);

  uint64_t count() const { return count_; }
  // Exact; 0 if there is no value.
  uint64_t max() const { return max_; }

  // The nearest-rank quantile: the smallest recorded value that a share `q` of
  // all values does not exceed, rounded up as said above. `q` is in [0, 1]; 1
  // is the maximum. 0 if there is no value.
  uint64_t Quantile(double q) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_HISTOGRAM_H_
