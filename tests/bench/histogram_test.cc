// What this shows: quantiles are the exact nearest-rank ones, or over them by
// less than 1/128 and never under, at every magnitude.

#include "bench/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::bench {
namespace {

// The nearest-rank quantile, by sorting.
uint64_t ExactQuantile(std::vector<uint64_t> values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(
      std::max(1.0, std::ceil(q * static_cast<double>(values.size()))));
  return values[rank - 1];
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.count(), 100U);
  EXPECT_EQ(histogram.Quantile(0), 1U);
  EXPECT_EQ(histogram.Quantile(0.01), 1U);
  EXPECT_EQ(histogram.Quantile(0.5), 50U);
  EXPECT_EQ(histogram.Quantile(0.505), 51U);
  EXPECT_EQ(histogram.Quantile(0.99), 99U);
  EXPECT_EQ(histogram.Quantile(1), 100U);
}

TEST(Histogram, KnowsTheUpperEdgesOfItsBuckets) {
  // {value, what stands for it}: 256 is the first with a bucket of two values,
  // 1024 the first of eight.
  const std::pair<uint64_t, uint64_t> kKnown[] = {
      {0, 0},     {127, 127},   {128, 128},     {255, 255},
      {256, 257}, {257, 257},   {258, 259},     {511, 511},
      {512, 515}, {1000, 1003}, {1'024, 1'031}, {1'000'000, 1'003'519},
  };
  for (const auto& [value, edge] : kKnown) {
    Histogram histogram;
    histogram.Record(value);
    histogram.Record(Histogram::kValueMax);  // Lest the maximum hide it.
    EXPECT_EQ(histogram.Quantile(0.5), edge) << value;
  }
}

TEST(Histogram, ErrorIsBoundedAtEveryMagnitude) {
  std::mt19937_64 random(7);
  for (int bits = 0; bits <= 40; ++bits) {
    for (int i = 0; i < 200; ++i) {
      const uint64_t value =
          random() & ((uint64_t{1} << bits) - 1) & Histogram::kValueMax;
      Histogram histogram;
      histogram.Record(value);
      histogram.Record(Histogram::kValueMax);
      const uint64_t found = histogram.Quantile(0.5);
      ASSERT_GE(found, value);
      ASSERT_LE((found - value) * Histogram::kParts, value) << value;
    }
  }
}

TEST(Histogram, QuantilesAgreeWithSortedValues) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 50; ++round) {
    // Log-normal, as latencies are; up to 10^5 times apart.
    std::lognormal_distribution<double> latency(12, 2);
    std::vector<uint64_t> values;
    Histogram histogram;
    const size_t size = 1 + random() % 3000;
    for (size_t i = 0; i < size; ++i) {
      values.push_back(std::min(Histogram::kValueMax,
                                static_cast<uint64_t>(latency(random))));
      histogram.Record(values.back());
    }
    for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
      const uint64_t exact = ExactQuantile(values, q);
      const uint64_t found = histogram.Quantile(q);
      ASSERT_GE(found, exact) << q << " of " << size;
      ASSERT_LE((found - exact) * Histogram::kParts, exact)
          << q << " of " << size;
    }
    ASSERT_EQ(histogram.Quantile(1), histogram.max());
  }
}

TEST(Histogram, IsZeroWithoutValues) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.Quantile(0.5), 0U);
}

TEST(Histogram, CountsTooLargeValuesAsTheLargest) {
  Histogram histogram;
  histogram.Record(UINT64_MAX);
  histogram.Record(Histogram::kValueMax + 1);
  EXPECT_EQ(histogram.Quantile(0.5), Histogram::kValueMax);
  EXPECT_EQ(histogram.max(), Histogram::kValueMax);
}

TEST(Histogram, AddIsAsIfRecordedHere) {
  std::mt19937_64 random(9);
  Histogram parts[2];
  Histogram whole;
  for (int i = 0; i < 10000; ++i) {
    const uint64_t value = random() % 1'000'000;
    parts[i % 2].Record(value);
    whole.Record(value);
  }
  parts[0].Add(parts[1]);
  EXPECT_EQ(parts[0].count(), whole.count());
  EXPECT_EQ(parts[0].max(), whole.max());
  for (const double q : {0.0, 0.25, 0.5, 0.99, 1.0}) {
    EXPECT_EQ(parts[0].Quantile(q), whole.Quantile(q)) << q;
  }
}

}  // namespace
}  // namespace panvault::bench
