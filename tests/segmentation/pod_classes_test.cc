// What this shows: pods are told apart by what policies name, and by nothing
// else. That the classes lose nothing is for connection_rows_test.cc.

#include "segmentation/pod_classes.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"

namespace panvault::segmentation {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

// They point into a cluster that is gone: only their numbers are looked at.
PodClasses Classes(const std::vector<std::string>& policies) {
  return ClassifyPods(World(policies).cluster(), false);
}

TEST(PodClassesTest, WithoutPoliciesOnlyNamespacesDiffer) {
  const PodClasses pods = Classes({});
  EXPECT_THAT(pods.classes, SizeIs(2));
  EXPECT_THAT(pods.ingress, SizeIs(1));
  EXPECT_THAT(pods.names, SizeIs(4));
}

TEST(PodClassesTest, LabelsCountIfAPeerNamesThem) {
  EXPECT_THAT(Classes({IngressOfX("{namespaceSelector: {}}")}).faces,
              SizeIs(2));
  EXPECT_THAT(
      Classes({IngressOfX("{podSelector: {matchLabels: {pod: z}}}")}).faces,
      SizeIs(4));
}

// Of x, another port is web than of z.
TEST(PodClassesTest, PortsCountIfARuleNamesThem) {
  const std::string all = "  podSelector: {}\n  ingress: [{ports: [{port: ";
  EXPECT_THAT(Classes({all + "80}]}]"}).ingress, SizeIs(2));
  EXPECT_THAT(Classes({all + "web}]}]"}).ingress, SizeIs(3));
  EXPECT_THAT(Classes({all + "none}]}]"}).ingress, SizeIs(2));
}

TEST(PodClassesTest, TheHostNetworkOnDemand) {
  const World world({});
  EXPECT_THAT(ClassifyPods(world.cluster(), false).names,
              Not(Contains(Key("a/host[Pod]"))));
  EXPECT_THAT(ClassifyPods(world.cluster(), true).names,
              Contains(Key("a/host[Pod]")));
}

}  // namespace
}  // namespace panvault::segmentation
