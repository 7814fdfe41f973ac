// What this shows: ordering by group loses no item, mixes no groups and keeps
// the order within one.

#include "vault/item_groups.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::vault {
namespace {

TEST(ItemGroups, EachPairOfSlotAndLengthIsItsOwnGroup) {
  std::set<uint8_t> groups;
  for (unsigned slot = 1; slot <= kKeySlots; ++slot) {
    for (size_t length = kPanDigitsMin; length <= kPanDigitsMax; ++length) {
      const uint8_t group = GroupOf(slot, length);
      EXPECT_LT(group, kGroups);
      groups.insert(group);
    }
  }
  EXPECT_EQ(groups.size(), kGroups);
}

TEST(ItemGroups, OrdersLikeAStableSort) {
  std::mt19937_64 random(4);
  for (size_t count = 0; count <= 256; ++count) {
    std::vector<uint8_t> groups(count);
    for (uint8_t& group : groups) {
      const uint64_t drawn = random();
      group = drawn % 5 == 0 ? kNoGroup : static_cast<uint8_t>(drawn % kGroups);
    }
    std::vector<uint16_t> want;
    for (size_t i = 0; i < count; ++i) {
      if (groups[i] != kNoGroup) want.push_back(static_cast<uint16_t>(i));
    }
    std::stable_sort(want.begin(), want.end(), [&](uint16_t a, uint16_t b) {
      return groups[a] < groups[b];
    });
    std::vector<uint16_t> order(count);
    order.resize(OrderByGroup(groups, absl::MakeSpan(order)));
    EXPECT_EQ(order, want);

    size_t runs = 0;
    size_t end = 0;
    for (size_t begin = 0; begin < order.size(); begin = end, ++runs) {
      end = EndOfRun(groups, order, begin);
      ASSERT_GT(end, begin);
      for (size_t i = begin; i < end; ++i) {
        EXPECT_EQ(groups[order[i]], groups[order[begin]]);
      }
      if (end < order.size()) {
        EXPECT_NE(groups[order[end]], groups[order[begin]]);
      }
    }
    std::set<uint8_t> distinct(groups.begin(), groups.end());
    distinct.erase(kNoGroup);
    EXPECT_EQ(runs, distinct.size());
  }
}

}  // namespace
}  // namespace panvault::vault
