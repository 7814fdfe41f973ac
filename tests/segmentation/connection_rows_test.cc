// What this shows: on random clusters, each row is what the plain reading of
// the API says of its pods and addresses, pair by pair; pods that no policy
// tells apart included.

#include "segmentation/connection_rows.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/segmentation/rounds.h"
#include "tests/segmentation/small_world.h"

namespace panvault::segmentation {
namespace {

constexpr uint32_t kClusters = Rounds(400);
constexpr uint32_t kSeed = 20261126;
constexpr char kIsolated[] = "n";  // The namespace that policies are of.

// A pod of the cluster, as the small world sees it.
struct SmallPod {
  std::string name;
  SmallPeer peer;
  std::vector<ContainerPort> ports;
};

class ConnectionRowsTest : public ::testing::Test {
 protected:
  // The small world's pods; of namespaces with several sets of labels, one.
  void Draw(std::mt19937& random) {
    cluster_ = Cluster();
    pods_.clear();
    std::map<std::string, Labels> spaces;
    for (const SmallPeer& peer : world_.peers()) {
      if (!peer.is_pod) continue;
      const std::string& space = peer.space.at(kNamespaceNameLabel);
      if (random() % 3 == 0) spaces[space] = peer.space;
    }
    for (const auto& [name, labels] : spaces) {
      cluster_.namespaces.push_back({name, labels});
    }
    for (const SmallPeer& peer : world_.peers()) {
      const auto space = peer.is_pod
                             ? spaces.find(peer.space.at(kNamespaceNameLabel))
                             : spaces.end();
      if (space != spaces.end() && peer.space == space->second) {
        AddPod(peer, random() % 2 == 0 ? "web" : "no", 80 + random() % 2);
      }
    }
    cluster_.policies = SmallWorld::DrawPolicies(random);
    for (NetworkPolicy& policy : cluster_.policies) {
      policy.namespace_name = kIsolated;
    }
  }

  void AddPod(const SmallPeer& peer, const std::string& port_name,
              uint32_t port) {
    Workload pod;
    pod.namespace_name = peer.space.at(kNamespaceNameLabel);
    pod.kind = pod.owner_kind = "Pod";
    pod.name = pod.owner_name = absl::StrCat("p", pods_.size());
    pod.labels = peer.labels;
    pod.labels["of-no-concern"] = pod.name;
    pod.ports = {{port_name, Protocol::kTcp, port}, {"x", Protocol::kTcp, 1}};
    pods_.push_back({absl::StrCat(pod.namespace_name, "/", pod.name, "[Pod]"),
                     peer, pod.ports});
    cluster_.workloads.push_back(std::move(pod));
  }

  // One direction of a pod; all if no policy is of its namespace.
  Mask Half(const SmallPod& pod, const SmallPeer& peer, Direction direction) {
    if (pod.peer.space.at(kNamespaceNameLabel) != kIsolated) {
      return world_.MaskOf(AllConnections());
    }
    world_.LabelSubject(pod.peer.labels);
    return world_.Plain(cluster_.policies, peer, direction);
  }

  std::map<std::pair<std::string, std::string>, Mask> Listed() {
    ConnectionRows rows(cluster_, {&cluster_}, false);
    std::map<std::pair<std::string, std::string>, Mask> listed;
    for (size_t i = 0; i < rows.size(); ++i) {
      for (const RowEntry& one : rows.RowOf(i)) {
        EXPECT_EQ(*one.text, ToText(*one.connections));
        listed[{rows.NameOf(i), *one.destination}] =
            world_.MaskOf(*one.connections);
      }
    }
    return listed;
  }

  SmallWorld world_;
  Cluster cluster_;
  std::vector<SmallPod> pods_;
};

TEST_F(ConnectionRowsTest, RowsArePodsTakenPairByPair) {
  std::mt19937 random(kSeed);
  size_t open = 0;
  size_t closed = 0;
  for (uint32_t round = 0; round < kClusters; ++round) {
    Draw(random);
    auto listed = Listed();
    for (const SmallPod& source : pods_) {
      for (const SmallPod& destination : pods_) {
        if (&source == &destination) continue;
        world_.SetPorts(destination.ports);
        const Mask expected =
            Half(source, destination.peer, Direction::kEgress) &
            Half(destination, source.peer, Direction::kIngress);
        ASSERT_EQ((listed[{source.name, destination.name}]), expected)
            << round << ": " << source.name << " to " << destination.name;
        ++(expected == 0 ? closed : open);
      }
    }
  }
  EXPECT_GT(open, kClusters);
  EXPECT_GT(closed, kClusters);
}

TEST_F(ConnectionRowsTest, RowsAreAddressesTakenOneByOne) {
  std::mt19937 random(kSeed + 1);
  for (uint32_t round = 0; round < kClusters; ++round) {
    Draw(random);
    auto listed = Listed();
    const Cluster* const cluster = &cluster_;
    for (const ExternalRange& range : ExternalRanges({cluster})) {
      for (const SmallPeer& peer : world_.peers()) {
        if (range.addresses.Intersect(peer.address).empty()) continue;
        for (const SmallPod& pod : pods_) {
          world_.SetPorts(pod.ports);
          ASSERT_EQ((listed[{pod.name, range.name}]),
                    Half(pod, peer, Direction::kEgress));
          ASSERT_EQ((listed[{range.name, pod.name}]),
                    Half(pod, peer, Direction::kIngress));
        }
      }
    }
  }
}

// All pods of an owner are one entry, with what any of them may do.
TEST_F(ConnectionRowsTest, OneEntryForAnOwner) {
  std::mt19937 random(kSeed + 2);
  Draw(random);
  for (Workload& pod : cluster_.workloads) {
    pod.owner_kind = "Deployment";
    pod.owner_name = "all";
  }
  ConnectionRows rows(cluster_, {&cluster_}, false);
  size_t owners = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!absl::StrContains(rows.NameOf(i), "all[Deployment]")) continue;
    ++owners;
    for (const RowEntry& one : rows.RowOf(i)) {
      EXPECT_NE(*one.destination, rows.NameOf(i));
    }
  }
  EXPECT_EQ(owners, cluster_.namespaces.size());
}

}  // namespace
}  // namespace panvault::segmentation
