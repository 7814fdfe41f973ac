// What this shows: a ValueSet is closed under what selectors do, and each
// operation agrees with membership, for named values, an unnamed one and none.

#include "segmentation/value_set.h"

#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

const std::vector<std::optional<absl::string_view>>& Universe() {
  static const auto* const universe =
      new std::vector<std::optional<absl::string_view>>{"a", "b", "c", "",
                                                        std::nullopt};
  return *universe;
}

std::vector<ValueSet> Sets() {
  std::vector<ValueSet> sets = {ValueSet::Any(),
                                ValueSet::Exists(),
                                ValueSet::Absent(),
                                ValueSet::In({"a"}),
                                ValueSet::In({"b", "a", "b"}),
                                ValueSet::NotIn({"a"}),
                                ValueSet::NotIn({"b", "c"})};
  for (size_t i = 0; i < 7; ++i) sets.push_back(sets[i].Complement());
  return sets;
}

TEST(ValueSetTest, SelectorOperators) {
  EXPECT_FALSE(ValueSet::In({"a"}).Contains(std::nullopt));
  EXPECT_TRUE(ValueSet::NotIn({"a"}).Contains(std::nullopt));
  EXPECT_TRUE(ValueSet::NotIn({"a"}).Contains("b"));
  EXPECT_FALSE(ValueSet::Exists().Contains(std::nullopt));
  EXPECT_TRUE(ValueSet::Exists().Contains(""));
  EXPECT_TRUE(ValueSet::Absent().Contains(std::nullopt));
  EXPECT_FALSE(ValueSet::Absent().Contains("a"));
}

TEST(ValueSetTest, OperationsAgreeWithMembership) {
  for (const ValueSet& a : Sets()) {
    for (const auto& value : Universe()) {
      EXPECT_NE(a.Contains(value), a.Complement().Contains(value));
    }
    for (const ValueSet& b : Sets()) {
      const ValueSet both = a.Intersect(b);
      for (const auto& value : Universe()) {
        EXPECT_EQ(both.Contains(value), a.Contains(value) && b.Contains(value))
            << a.ToText() << " and " << b.ToText();
      }
    }
  }
}

TEST(ValueSetTest, EmptyExactlyIfNothingIsInIt) {
  EXPECT_TRUE(ValueSet::In({"a"}).Intersect(ValueSet::In({"b"})).empty());
  EXPECT_TRUE(ValueSet::Any().Complement().empty());
  EXPECT_FALSE(
      ValueSet::NotIn({"a", "b"}).Intersect(ValueSet::Exists()).empty());
  EXPECT_TRUE(ValueSet::Exists().Intersect(ValueSet::Absent()).empty());
}

TEST(ValueSetTest, ExampleIsAMember) {
  for (const ValueSet& set : Sets()) {
    if (set.empty()) continue;
    const std::optional<std::string> example = set.Example();
    EXPECT_TRUE(example ? set.Contains(absl::string_view(*example))
                        : set.Contains(std::nullopt))
        << set.ToText();
  }
  const ValueSet taken =
      ValueSet::Exists().Intersect(ValueSet::NotIn({"other", "other-2"}));
  EXPECT_EQ(taken.Example(), "other-3");
}

TEST(ValueSetTest, Text) {
  EXPECT_EQ(ValueSet::In({"b", "a"}).ToText(), "in (a, b)");
  EXPECT_EQ(ValueSet::In({"a"}).ToText(), "= a");
  EXPECT_EQ(ValueSet::NotIn({"a"}).ToText(), "not in (a)");
  EXPECT_EQ(ValueSet::Any().ToText(), "any");
  EXPECT_EQ(ValueSet::Absent().ToText(), "absent");
}

}  // namespace
}  // namespace panvault::segmentation
