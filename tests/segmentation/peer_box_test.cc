// What this shows: boxes agree with the membership of every pod of a small
// world, whatever is intersected or subtracted, and examples are members.

#include "segmentation/peer_box.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

using Operator = Requirement::Operator;

struct Pod {
  Labels space;
  Labels labels;
  PodView view() const { return {space, labels}; }
};

// Two namespaces, with and without a label; pods with two labels of three
// values, one of which no selector names, or without them.
const std::vector<Pod>& World() {
  static const auto* const world = [] {
    auto* const pods = new std::vector<Pod>;
    const std::vector<std::optional<std::string>> values = {"1", "2", "9",
                                                            std::nullopt};
    for (const char* const space : {"x", "y", "z"}) {
      for (const auto& team : values) {
        for (const auto& a : values) {
          for (const auto& b : values) {
            Pod pod;
            pod.space[kNamespaceNameLabel] = space;
            if (team) pod.space["team"] = *team;
            if (a) pod.labels["a"] = *a;
            if (b) pod.labels["b"] = *b;
            pods->push_back(pod);
          }
        }
      }
    }
    return pods;
  }();
  return *world;
}

Selector RandomSelector(std::mt19937& random,
                        const std::vector<std::string>& keys) {
  Selector selector;
  for (auto count = random() % 3; count > 0; --count) {
    Requirement requirement;
    requirement.key = keys[random() % keys.size()];
    requirement.op = static_cast<Operator>(random() % 4);
    const bool is_name = requirement.key == kNamespaceNameLabel;
    if (requirement.op == Operator::kIn || requirement.op == Operator::kNotIn) {
      requirement.values.push_back(is_name ? "x" : "1");
      if (random() % 2 == 0) requirement.values.push_back(is_name ? "y" : "2");
    }
    selector.requirements.push_back(requirement);
  }
  return selector;
}

struct Drawn {
  Selector spaces;
  Selector pods;
  std::optional<PeerBox> box;
  bool Has(const Pod& pod) const {
    return Matches(spaces, pod.space) && Matches(pods, pod.labels);
  }
};

Drawn Draw(std::mt19937& random) {
  Drawn drawn;
  drawn.spaces = RandomSelector(random, {kNamespaceNameLabel, "team"});
  drawn.pods = RandomSelector(random, {"a", "b"});
  drawn.box = BoxOf(drawn.spaces, drawn.pods);
  return drawn;
}

TEST(PeerBoxTest, OperationsAgreeWithMembership) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    const Drawn a = Draw(random);
    const Drawn b = Draw(random);
    for (const Pod& pod : World()) {
      ASSERT_EQ(a.box && Contains(*a.box, pod.view()), a.Has(pod));
    }
    if (!a.box || !b.box) continue;
    const std::optional<PeerBox> both = Intersect(*a.box, *b.box);
    const std::vector<PeerBox> rest = Subtract(*a.box, *b.box);
    for (const Pod& pod : World()) {
      int pieces = 0;
      for (const PeerBox& piece : rest) pieces += Contains(piece, pod.view());
      ASSERT_EQ(pieces, a.Has(pod) && !b.Has(pod) ? 1 : 0);
      ASSERT_EQ(both && Contains(*both, pod.view()), a.Has(pod) && b.Has(pod));
    }
  }
}

TEST(PeerBoxTest, ExampleIsAMember) {
  std::mt19937 random(8);
  for (int round = 0; round < 1000; ++round) {
    const Drawn a = Draw(random);
    if (!a.box) continue;
    const ExamplePod example = ExampleOf(*a.box);
    Labels space = example.namespace_labels;
    space[kNamespaceNameLabel] = example.namespace_name;
    EXPECT_TRUE(Contains(*a.box, PodView{space, example.pod_labels}));
    EXPECT_FALSE(example.namespace_name.empty());
  }
}

// No namespace is without its name.
TEST(PeerBoxTest, ANamespaceAlwaysHasItsName) {
  const Selector none{{{kNamespaceNameLabel, Operator::kDoesNotExist, {}}}};
  EXPECT_FALSE(BoxOf(none, Selector()));
  const Selector exists{{{kNamespaceNameLabel, Operator::kExists, {}}}};
  ASSERT_TRUE(BoxOf(exists, Selector()));
  EXPECT_TRUE(Subtract(EveryPod(), *BoxOf(exists, Selector())).empty());
}

// An empty difference is a proof about labels that nobody has thought of.
TEST(PeerBoxTest, SubtractionSeesUnnamedLabels) {
  const PeerBox shop = PodsWith("shop", {{"app", "web"}});
  EXPECT_TRUE(
      Subtract(PodsWith("shop", {{"app", "web"}, {"x", "y"}}), shop).empty());
  const std::vector<PeerBox> rest = Subtract(PodsWith("shop", {}), shop);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(
      ToText(rest[0]),
      "namespace kubernetes.io/metadata.name = shop; pod app not in (web)");
  EXPECT_EQ(ToText(ExampleOf(rest[0])), "pod {} in namespace shop");
}

}  // namespace
}  // namespace panvault::segmentation
