// What this shows: for 100,000 random sets of policies (half of them in each
// direction; fewer under a sanitizer), what the engine says of every pod and
// address at once is what the plain reading of the API says of each alone, and
// so is the difference to what is declared.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "segmentation/difference.h"
#include "segmentation/engine.h"
#include "tests/segmentation/rounds.h"
#include "tests/segmentation/small_world.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

constexpr uint32_t kSetsPerDirection = Rounds(50'000);
constexpr uint32_t kSeed = 20260131;

class PropertyTest : public ::testing::TestWithParam<Direction> {
 protected:
  bool Has(const std::optional<PeerBox>& box, const SmallPeer& peer) const {
    return peer.is_pod && box && Contains(*box, {peer.space, peer.labels});
  }

  Mask MaskOf(const Relation& relation, const SmallPeer& peer) const {
    const bool is_in =
        Has(relation.pods, peer) ||
        (!peer.is_pod && !relation.addresses.Intersect(peer.address).empty());
    return is_in ? world_.MaskOf(relation.connections) : 0;
  }

  Mask MaskOf(const Remainder& rest, const SmallPeer& peer) const {
    Mask mask = 0;
    for (const Remainder::Pods& piece : rest.pods) {
      if (Has(piece.box, peer)) mask |= world_.MaskOf(piece.connections);
    }
    for (const Remainder::Addresses& piece : rest.addresses) {
      if (!peer.is_pod && !piece.addresses.Intersect(peer.address).empty()) {
        mask |= world_.MaskOf(piece.connections);
      }
    }
    return mask;
  }

  // The relations of all admissions; names resolved as all peers do here.
  std::vector<Relation> Allowed(const std::vector<NetworkPolicy>& policies) {
    std::vector<Relation> allowed;
    for (const Admission& one :
         Admissions(Isolating(policies, world_.subject(), GetParam()),
                    world_.subject().ports, GetParam())) {
      allowed.push_back({one.pods, one.addresses, one.connections});
      ConnectionSet named;
      for (const NamedPort& port : one.named) {
        named = named.Union(Resolve(port, world_.peer_ports()));
      }
      allowed.push_back({one.pods, {}, named});
    }
    return allowed;
  }

  // Both ways: leaks, and what is declared but blocked.
  void CheckDifference(const std::vector<Relation>& wholes,
                       const std::vector<Relation>& parts) {
    for (const Relation& whole : wholes) {
      ASSERT_OK_AND_ASSIGN(const Remainder rest, Without(whole, parts));
      Mask any = 0;
      for (const SmallPeer& peer : world_.peers()) {
        Mask expected = MaskOf(whole, peer);
        for (const Relation& part : parts) expected &= ~MaskOf(part, peer);
        ASSERT_EQ(MaskOf(rest, peer), expected);
        any |= expected;
      }
      ASSERT_EQ(rest.empty(), any == 0);
      if (!rest.empty()) {
        ASSERT_NE(rest.Example(), "");
      }
    }
  }

  static uint32_t SeedOf(uint32_t test) {
    return kSeed + 2 * test + (GetParam() == Direction::kEgress ? 1 : 0);
  }

  SmallWorld world_;
};

TEST_P(PropertyTest, TheEngineIsThePlainReading) {
  std::mt19937 random(SeedOf(0));
  for (uint32_t set = 0; set < kSetsPerDirection; ++set) {
    const std::vector<NetworkPolicy> policies =
        SmallWorld::DrawPolicies(random);
    const std::vector<Relation> allowed = Allowed(policies);
    for (const SmallPeer& peer : world_.peers()) {
      Mask mask = 0;
      for (const Relation& one : allowed) mask |= MaskOf(one, peer);
      ASSERT_EQ(mask, world_.Plain(policies, peer, GetParam())) << set;
    }
  }
}

TEST_P(PropertyTest, DifferencesAreExact) {
  std::mt19937 random(SeedOf(1));
  for (uint32_t set = 0; set < kSetsPerDirection / 2; ++set) {
    const std::vector<NetworkPolicy> policies =
        SmallWorld::DrawPolicies(random);
    const std::vector<Relation> allowed = Allowed(policies);
    const std::vector<Relation> declared = SmallWorld::DrawRelations(random);
    CheckDifference(allowed, declared);
    CheckDifference(declared, allowed);
    if (HasFatalFailure()) FAIL() << "set " << set;
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, PropertyTest,
                         ::testing::Values(Direction::kIngress,
                                           Direction::kEgress),
                         [](const auto& test) {
                           return std::string(DirectionName(test.param));
                         });

}  // namespace
}  // namespace panvault::segmentation
