// What this shows: ratios are taken round by round and then their median, so
// that a round in which the machine was busy does not count against either.

#include "bench/paired.h"

#include <cmath>

#include "gtest/gtest.h"

namespace panvault::bench {
namespace {

TEST(Median, IsTheMiddleValue) {
  EXPECT_EQ(Median({3}), 3);
  EXPECT_EQ(Median({9, 1, 5}), 5);
  EXPECT_EQ(Median({9, 1, 5, 7}), 6);
  EXPECT_TRUE(std::isnan(Median({})));
}

TEST(PairedSamples, RatioIsTheMedianOfRatiosAndNotTheRatioOfMedians) {
  PairedSamples samples;
  // The machine slows down by ten from round to round; ratios are 0.9, 0.8,
  // 0.7.
  samples.Add({.subject = 9, .floor = 10});
  samples.Add({.subject = 80, .floor = 100});
  samples.Add({.subject = 0.7, .floor = 1});
  EXPECT_EQ(samples.subject(), 9);
  EXPECT_EQ(samples.floor(), 10);
  EXPECT_DOUBLE_EQ(*samples.ratio(), 0.8);
}

TEST(PairedSamples, OneBadRoundDoesNotMoveTheRatio) {
  PairedSamples samples;
  for (int i = 0; i < 6; ++i) samples.Add({.subject = 95, .floor = 100});
  samples.Add({.subject = 1, .floor = 100});
  EXPECT_DOUBLE_EQ(*samples.ratio(), 0.95);
}

TEST(PairedSamples, NoRatioWithoutRoundsOrFloor) {
  PairedSamples samples;
  EXPECT_FALSE(samples.ratio().has_value());
  samples.Add({.subject = 1, .floor = 2});
  samples.Add({.subject = 1, .floor = 0});
  EXPECT_FALSE(samples.ratio().has_value());
}

}  // namespace
}  // namespace panvault::bench
