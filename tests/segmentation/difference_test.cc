// What this shows: differences that a person can check; property_test.cc shows
// that they are exact.

#include "segmentation/difference.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;

ConnectionSet Tcp(uint32_t first, uint32_t last) {
  return Connections(Protocol::kTcp, {first, last});
}

TEST(DifferenceTest, NothingIsLeftOfWhatIsDeclared) {
  const Relation whole{PodsWith("a", {{"x", "1"}}), {}, Tcp(80, 80)};
  ASSERT_OK_AND_ASSIGN(const Remainder rest, Without(whole, {whole}));
  EXPECT_TRUE(rest.empty());
}

TEST(DifferenceTest, PortsAndPeersAreBothCut) {
  const Relation whole{EveryPod(), Ipv4Range(0, 9), Tcp(80, 82)};
  const Relation part{PodsWith("a", {}), Ipv4Range(0, 4), Tcp(81, 81)};
  ASSERT_OK_AND_ASSIGN(const Remainder rest, Without(whole, {part}));
  EXPECT_EQ(ToText(rest.AllConnections()), "TCP 80-82");
  ConnectionSet in_a;
  for (const Remainder::Pods& piece : rest.pods) {
    if (Intersect(piece.box, PodsWith("a", {}))) {
      in_a = in_a.Union(piece.connections);
    }
  }
  EXPECT_EQ(ToText(in_a), "TCP 80,82");
}

TEST(DifferenceTest, Examples) {
  const Relation pods{PodsWith("a", {{"x", "1"}}), {}, Tcp(80, 90)};
  EXPECT_EQ(Without(pods, {})->Example(), "pod {x=1} in namespace a on TCP 80");
  const Relation addresses{std::nullopt, Ipv4Range(256, 300), Tcp(443, 443)};
  EXPECT_EQ(Without(addresses, {})->Example(), "0.0.1.0 on TCP 443");
}

TEST(DifferenceTest, NoConnectionsNoRelation) {
  EXPECT_TRUE(Without({EveryPod(), AllAddresses(), {}}, {})->empty());
}

// Every part cuts every piece in two: a limit is better than no answer.
TEST(DifferenceTest, GivesUpBeforeItTakesForever) {
  std::vector<Relation> parts;
  for (int i = 0; i < 40; ++i) {
    Selector selector;
    for (const char* const side : {"l", "r"}) {
      selector.requirements.push_back(
          {side + std::to_string(i), Requirement::Operator::kIn, {"1"}});
    }
    parts.push_back({BoxOf(Selector(), selector), {}, Tcp(80, 80)});
  }
  EXPECT_THAT(Without({EveryPod(), {}, Tcp(80, 80)}, parts),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace panvault::segmentation
