// What this shows: generated card numbers are well-formed, repeatable, of the
// lengths asked for, and nobody's.

#include "bench/pan_source.h"

#include <map>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"

namespace panvault::bench {
namespace {

using ::panvault::testing::Remainder;
using ::panvault::testing::StatusIs;

PanSource SourceOf(PanSourceOptions options) {
  return PanSource::Create(std::move(options)).value();
}

TEST(PanSource, NumbersPassLuhnAndStartWithZero) {
  PanSource source = SourceOf({});
  std::string pan;
  for (int i = 0; i < 10000; ++i) {
    source.Next(pan);
    ASSERT_EQ(pan.find_first_not_of("0123456789"), std::string::npos);
    ASSERT_EQ(Remainder(pan), 0U) << i;
    ASSERT_EQ(pan[0], '0') << i;
  }
}

TEST(PanSource, LengthsComeEvenly) {
  PanSource source = SourceOf({});
  std::map<size_t, int> counts;
  std::string pan;
  for (int i = 0; i < 8000; ++i) {
    source.Next(pan);
    ++counts[pan.size()];
  }
  ASSERT_EQ(counts.size(), 8U);
  EXPECT_EQ(counts.begin()->first, kPanDigitsMin);
  EXPECT_EQ(counts.rbegin()->first, kPanDigitsMax);
  for (const auto& [length, count] : counts) {
    EXPECT_NEAR(count, 1000, 200) << length;
  }
}

TEST(PanSource, EveryDigitPlaceVaries) {
  PanSource source = SourceOf({.lengths = {19}});
  std::set<char> seen[19];
  std::string pan;
  for (int i = 0; i < 1000; ++i) {
    source.Next(pan);
    for (size_t place = 0; place < pan.size(); ++place) {
      seen[place].insert(pan[place]);
    }
  }
  for (size_t place = 1; place < 19; ++place) {
    EXPECT_EQ(seen[place].size(), 10U) << place;
  }
}

TEST(PanSource, SameSeedGivesTheSameNumbers) {
  PanSource first = SourceOf({.seed = 5});
  PanSource second = SourceOf({.seed = 5});
  PanSource other = SourceOf({.seed = 6});
  int same = 0;
  std::string a;
  std::string b;
  std::string c;
  for (int i = 0; i < 100; ++i) {
    first.Next(a);
    second.Next(b);
    other.Next(c);
    EXPECT_EQ(a, b);
    same += a == c ? 1 : 0;
  }
  EXPECT_LT(same, 5);
}

TEST(PanSource, RefusesLengthsThatNoPanHas) {
  for (const size_t length : {size_t{0}, size_t{11}, size_t{20}}) {
    EXPECT_THAT(PanSource::Create({.lengths = {16, length}}),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << length;
  }
  EXPECT_THAT(PanSource::Create({.lengths = {}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::bench
