// What this shows: numbers stand for sets, one each, and joining numbers is
// joining sets.

#include "segmentation/connection_table.h"

#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

TEST(ConnectionTableTest, NumbersAreEqualIfSetsAre) {
  ConnectionTable table;
  EXPECT_EQ(table.IdOf(ConnectionSet()), ConnectionTable::kNone);
  EXPECT_EQ(table.IdOf(AllConnections()), ConnectionTable::kAll);
  const auto web = table.IdOf(Connections(Protocol::kTcp, {80, 80}));
  EXPECT_EQ(table.IdOf(Connections(Protocol::kTcp, {80, 80})), web);
  EXPECT_NE(table.IdOf(Connections(Protocol::kUdp, {80, 80})), web);
  EXPECT_EQ(table.TextOf(web), "TCP 80");
}

TEST(ConnectionTableTest, JoinsAsSetsDo) {
  ConnectionTable table;
  std::mt19937 random(7);
  std::vector<ConnectionTable::Id> ids = {ConnectionTable::kNone,
                                          ConnectionTable::kAll};
  for (int i = 0; i < 30; ++i) {
    const auto first = static_cast<uint32_t>(1 + random() % 20);
    const auto last = static_cast<uint32_t>(first + random() % 10);
    const Protocol protocol = kProtocols[random() % 3];
    ids.push_back(table.IdOf(Connections(protocol, {first, last})));
  }
  for (int twice = 0; twice < 2; ++twice) {  // Then out of memory.
    for (const auto a : ids) {
      for (const auto b : ids) {
        EXPECT_TRUE(table.SetOf(table.Union(a, b)) ==
                    table.SetOf(a).Union(table.SetOf(b)));
        EXPECT_TRUE(table.SetOf(table.Intersect(a, b)) ==
                    table.SetOf(a).Intersect(table.SetOf(b)));
      }
    }
  }
}

}  // namespace
}  // namespace panvault::segmentation
