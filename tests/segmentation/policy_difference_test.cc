// What this shows: what a change of policies opens and closes is named for
// every pod; for random changes it is exactly what the plain reading of the API
// says of each pod, peer, connection and naming of ports, one by one.

#include "segmentation/policy_difference.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"
#include "tests/segmentation/rounds.h"
#include "tests/segmentation/small_world.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Changes(const std::vector<std::string>& before,
                                 const std::vector<std::string>& after) {
  const World old_world(before);
  const World new_world(after);
  const auto changes = ComparePolicies(old_world.cluster().policies,
                                       new_world.cluster().policies);
  EXPECT_TRUE(changes.ok()) << changes.status();
  std::vector<std::string> shown;
  for (const HalfChange& change : *changes) shown.push_back(ToText(change));
  return shown;
}

const char kWeb[] = "{podSelector: {matchLabels: {app: web}}}";

TEST(PolicyDifferenceTest, NamesPodsThatAreNotInTheInput) {
  EXPECT_THAT(
      Changes({OfX("  ingress: []")}, {IngressOfX(kWeb)}),
      ElementsAre("opened ingress of pods [pod pod = x] in a: from pods "
                  "[namespace kubernetes.io/metadata.name = a; pod app = web] "
                  "on All Connections"));
  EXPECT_THAT(
      Changes({OfX("  ingress: [{ports: [{port: 80}]}]")},
              {OfX("  ingress: [{ports: [{port: 81}]}]")}),
      ElementsAre(
          "opened ingress of pods [pod pod = x] in a: from pods [any] on TCP "
          "81",
          "opened ingress of pods [pod pod = x] in a: from "
          "0.0.0.0-255.255.255.255, "
          "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff on TCP 81",
          "closed ingress of pods [pod pod = x] in a: from pods [any] on TCP "
          "80",
          "closed ingress of pods [pod pod = x] in a: from "
          "0.0.0.0-255.255.255.255, "
          "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff on TCP 80"));
}

TEST(PolicyDifferenceTest, TheSameInOtherWordsIsNoChange) {
  const std::string deny = "  podSelector: {}";
  EXPECT_THAT(Changes({IngressOfX(kWeb)}, {IngressOfX(kWeb)}), IsEmpty());
  EXPECT_THAT(
      Changes({IngressOfX(kWeb)},
              {OfX(""), IngressOfX("{podSelector: {matchExpressions: [{key: "
                                   "app, operator: In, values: [web]}]}}")}),
      IsEmpty());
  EXPECT_THAT(Changes({deny, OfX("")}, {deny}), IsEmpty());
}

TEST(PolicyDifferenceTest, NamedPortsAreAnyNumber) {
  const auto port = [](const std::string& name) {
    return OfX("  policyTypes: [Egress]\n  egress: [{to: [" +
               std::string(kWeb) + "], ports: [{port: " + name + "}]}]");
  };
  const std::string web =
      "egress of pods [pod pod = x] in a: to pods [namespace "
      "kubernetes.io/metadata.name = a; pod app = web] on ";
  EXPECT_THAT(Changes({port("80")}, {port("http")}),
              ElementsAre("opened " + web +
                              "the port named http, if it is TCP 1-79,81-65535",
                          "closed " + web + "TCP 80"));
  EXPECT_THAT(Changes({port("http")}, {port("http")}), IsEmpty());
}

TEST(PolicyDifferenceTest, GivesUpBeforeItTakesForever) {
  std::vector<NetworkPolicy> policies(20);
  for (size_t i = 0; i < policies.size(); ++i) {
    policies[i].namespace_name = "a";
    policies[i].isolates_ingress = true;
    policies[i].pods.requirements.push_back(
        {"key" + std::to_string(i), Requirement::Operator::kExists, {}});
  }
  EXPECT_THAT(ComparePolicies(policies, {}),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

// Both names on one number, one, or neither, for each number that matters.
std::vector<std::vector<ContainerPort>> PortNamings() {
  std::vector<std::vector<ContainerPort>> namings = {{}};
  for (const uint32_t number : {1U, 79U, 80U, 81U, 90U, 65535U}) {
    for (const auto& names : std::vector<std::vector<std::string>>{
             {"web"}, {"no"}, {"web", "no"}}) {
      namings.emplace_back();
      for (const std::string& name : names) {
        for (const Protocol protocol : kProtocols) {
          namings.back().push_back({name, protocol, number});
        }
      }
    }
  }
  return namings;
}

struct Masks {
  Mask opened = 0;
  Mask closed = 0;
};

class PolicyDifferencePropertyTest
    : public ::testing::TestWithParam<Direction> {
 protected:
  // Over all namings of ports.
  Masks Plain(const std::vector<NetworkPolicy>& before,
              const std::vector<NetworkPolicy>& after, const SmallPeer& peer) {
    Masks masks;
    for (const std::vector<ContainerPort>& ports : namings_) {
      world_.SetPorts(ports);
      const Mask old_mask = world_.Plain(before, peer, GetParam());
      const Mask new_mask = world_.Plain(after, peer, GetParam());
      masks.opened |= new_mask & ~old_mask;
      masks.closed |= old_mask & ~new_mask;
    }
    return masks;
  }

  Masks Symbolic(const std::vector<HalfChange>& changes,
                 const SmallPeer& peer) const {
    Masks masks;
    const Labels none;
    for (const HalfChange& change : changes) {
      const bool is_peer =
          peer.is_pod ? change.peers &&
                            Contains(*change.peers, {peer.space, peer.labels})
                      : !change.addresses.Intersect(peer.address).empty();
      if (change.direction != GetParam() || !is_peer ||
          change.namespace_name != world_.subject().namespace_name ||
          !Contains({{}, change.pods}, {none, world_.subject().labels})) {
        continue;
      }
      (change.is_opened ? masks.opened : masks.closed) |=
          world_.MaskOf(change.connections);
    }
    return masks;
  }

  SmallWorld world_;
  const std::vector<std::vector<ContainerPort>> namings_ = PortNamings();
};

TEST_P(PolicyDifferencePropertyTest, IsThePlainReading) {
  std::mt19937 random(GetParam() == Direction::kIngress ? 1 : 2);
  const Labels subjects[] = {
      {},           {{"a", "1"}}, {{"a", "2"}, {"b", "1"}},
      {{"b", "9"}}, {{"a", "9"}}, {{"a", "1"}, {"b", "1"}}};
  for (uint32_t round = 0; round < Rounds(1000); ++round) {
    const std::vector<NetworkPolicy> before = SmallWorld::DrawPolicies(random);
    std::vector<NetworkPolicy> after = SmallWorld::DrawPolicies(random);
    if (round % 2 == 0) after.insert(after.end(), before.begin(), before.end());
    ASSERT_OK_AND_ASSIGN(const std::vector<HalfChange> changes,
                         ComparePolicies(before, after));
    world_.LabelSubject(subjects[round % std::size(subjects)]);
    for (const SmallPeer& peer : world_.peers()) {
      const Masks plain = Plain(before, after, peer);
      const Masks symbolic = Symbolic(changes, peer);
      ASSERT_EQ(symbolic.opened, plain.opened) << "round " << round;
      ASSERT_EQ(symbolic.closed, plain.closed) << "round " << round;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Directions, PolicyDifferencePropertyTest,
                         ::testing::Values(Direction::kIngress,
                                           Direction::kEgress),
                         [](const auto& test) {
                           return std::string(DirectionName(test.param));
                         });

}  // namespace
}  // namespace panvault::segmentation
