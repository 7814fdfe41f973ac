#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace panvault::bench {
namespace {

static_assert(std::has_single_bit(Histogram::kParts));
constexpr int kPartBits = std::countr_zero(Histogram::kParts);

// Values under 2 * kParts have a bucket each. Above, the top kPartBits + 1 bits
// of a value choose its bucket, the others (`shift` of them) are dropped.
constexpr size_t BucketOf(uint64_t value) {
  const int shift =
      std::max(0, static_cast<int>(std::bit_width(value)) - kPartBits - 1);
  return static_cast<size_t>(shift) * Histogram::kParts + (value >> shift);
}

// The largest value of a bucket.
constexpr uint64_t UpperEdge(size_t bucket) {
  if (bucket < 2 * Histogram::kParts) return bucket;
  const uint64_t shift = bucket / Histogram::kParts - 1;
  const uint64_t top = bucket - shift * Histogram::kParts;
  return ((top + 1) << shift) - 1;
}

constexpr size_t kBuckets = BucketOf(Histogram::kValueMax) + 1;
static_assert(UpperEdge(kBuckets - 1) == Histogram::kValueMax);

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::Record(uint64_t value) {
  value = std::min(value, kValueMax);
  ++buckets_[BucketOf(value)];
  ++count_;
  max_ = std::max(max_, value);
}

void Histogram::Add(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::Quantile(double q) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(q * static_cast<double>(count_));
  const auto wanted = std::clamp<uint64_t>(
      static_cast<uint64_t>(std::max(rank, 1.0)), 1, count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::min(UpperEdge(i), max_);
  }
  return max_;
}

}  // namespace panvault::bench
