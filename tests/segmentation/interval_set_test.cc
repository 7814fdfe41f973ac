// What this shows: an IntervalSet is the set it stands for, compared with a
// std::set of the same numbers, up to the ends of its type.

#include "segmentation/interval_set.h"

#include <cstdint>
#include <random>
#include <set>

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

using Bytes = IntervalSet<uint8_t>;
using Numbers = std::set<unsigned>;

Numbers NumbersOf(const Bytes& set) {
  Numbers numbers;
  for (unsigned value = 0; value < 256; ++value) {
    if (set.Contains(static_cast<uint8_t>(value))) numbers.insert(value);
  }
  return numbers;
}

Bytes Random(std::mt19937& random) {
  Bytes set;
  for (auto count = random() % 5; count > 0; --count) {
    const auto first = static_cast<uint8_t>(random() % 256);
    const auto last = static_cast<uint8_t>(random() % 256);
    set = set.Union(Bytes({first, last}));
  }
  return set;
}

TEST(IntervalSetTest, KnownAnswers) {
  EXPECT_TRUE(Bytes().empty());
  EXPECT_TRUE(Bytes({5, 4}).empty());
  EXPECT_EQ(Bytes({1, 3}).Union(Bytes({4, 6})), Bytes({1, 6}));
  EXPECT_EQ(Bytes({0, 255}).Union(Bytes({255, 255})), Bytes({0, 255}));
  EXPECT_EQ(Bytes({0, 255}).Subtract(Bytes({0, 255})), Bytes());
  EXPECT_EQ(Bytes({0, 255}).Subtract(Bytes({255, 255})), Bytes({0, 254}));
  EXPECT_EQ(Bytes({0, 9}).Subtract(Bytes({3, 4})).intervals().size(), 2U);
}

TEST(IntervalSetTest, EqualsASetOfNumbers) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const Bytes a = Random(random);
    const Bytes b = Random(random);
    const Numbers as = NumbersOf(a);
    const Numbers bs = NumbersOf(b);
    Numbers both;
    Numbers either = as;
    Numbers rest;
    for (const unsigned value : as) {
      (bs.count(value) != 0 ? both : rest).insert(value);
    }
    either.insert(bs.begin(), bs.end());
    EXPECT_EQ(NumbersOf(a.Union(b)), either);
    EXPECT_EQ(NumbersOf(a.Intersect(b)), both);
    EXPECT_EQ(NumbersOf(a.Subtract(b)), rest);
    EXPECT_EQ(a == b, as == bs);
    EXPECT_EQ(a.Subtract(b).Union(a.Intersect(b)), a);
  }
}

}  // namespace
}  // namespace panvault::segmentation
