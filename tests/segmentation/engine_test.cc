// What this shows: admissions name the rule and peer they come from; the
// semantics themselves are in semantics_*_test.cc and property_test.cc.

#include "segmentation/engine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"

namespace panvault::segmentation {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Workload& PodNamed(const Cluster& cluster, absl::string_view name) {
  for (const Workload& pod : cluster.workloads) {
    if (absl::StrCat(pod.namespace_name, "/", pod.name) == name) return pod;
  }
  ADD_FAILURE() << name;
  return cluster.workloads.front();
}

std::vector<Admission> IngressOf(const Cluster& cluster,
                                 absl::string_view name) {
  const Workload& pod = PodNamed(cluster, name);
  return Admissions(Isolating(cluster.policies, pod, Direction::kIngress),
                    pod.ports, Direction::kIngress);
}

TEST(EngineTest, AdmissionsNameTheirOrigin) {
  const World world(
      {"  podSelector: {}\n  ingress:\n  - ports: [{port: 80}]\n  - from: "
       "[{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8}}]"});
  const std::vector<Admission> found = IngressOf(world.cluster(), "a/x");
  ASSERT_THAT(found, SizeIs(3));
  EXPECT_EQ(ToText(found[0].origin, Direction::kIngress),
            "NetworkPolicy a/p1, ingress rule 1, every peer");
  EXPECT_EQ(ToText(found[2].origin, Direction::kIngress),
            "NetworkPolicy a/p1, ingress rule 2, peer 2");
  EXPECT_TRUE(found[1].pods);
  EXPECT_TRUE(found[1].addresses.empty());
  EXPECT_FALSE(found[2].pods);
  EXPECT_EQ(ToText(found[2].addresses), "10.0.0.0-10.255.255.255");
}

TEST(EngineTest, WithoutPolicyEverythingIsAdmitted) {
  const World world({});
  const std::vector<Admission> found = IngressOf(world.cluster(), "b/x");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].origin.policy, nullptr);
  EXPECT_EQ(found[0].connections, AllConnections());
  EXPECT_EQ(ToText(found[0].origin, Direction::kEgress),
            "no NetworkPolicy isolates its egress");
}

TEST(EngineTest, RulesThatAdmitNothingAreLeftOut) {
  const World world(
      {"  podSelector: {}\n  ingress: [{ports: [{port: nobody}]}, "
       "{from: [{podSelector: {matchLabels: {a: b}, "
       "matchExpressions: [{key: a, operator: DoesNotExist}]}}]}]"});
  EXPECT_THAT(IngressOf(world.cluster(), "a/x"), IsEmpty());
}

TEST(EngineTest, ResolvesByNameAndProtocol) {
  const std::vector<ContainerPort> ports = {{"web", Protocol::kTcp, 80},
                                            {"web", Protocol::kTcp, 81},
                                            {"web", Protocol::kUdp, 82}};
  EXPECT_EQ(ToText(Resolve({Protocol::kTcp, "web"}, ports)), "TCP 80-81");
  EXPECT_TRUE(Resolve({Protocol::kSctp, "web"}, ports).empty());
}

// The name is this pod's, so it holds for addresses too; of egress it is the
// peer's, and an address gives none.
TEST(EngineTest, PortsOfAnyPodStayNames) {
  const World world(
      {"  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}], "
       "ports: [{port: web}]}]\n  egress: [{to: [{ipBlock: {cidr: "
       "10.0.0.0/8}}, {podSelector: {}}], ports: [{port: web}]}]"});
  const PolicyList policies = {&world.cluster().policies.front()};
  const auto in = AdmissionsOfAnyPod(policies, Direction::kIngress);
  ASSERT_THAT(in, SizeIs(1));
  EXPECT_TRUE(in[0].connections.empty());
  ASSERT_THAT(in[0].named, SizeIs(1));
  EXPECT_EQ(in[0].named[0].name, "web");
  EXPECT_FALSE(in[0].addresses.empty());
  const auto out = AdmissionsOfAnyPod(policies, Direction::kEgress);
  ASSERT_THAT(out, SizeIs(1));
  EXPECT_TRUE(out[0].pods);
}

TEST(EngineTest, NoPolicyIsolatesTheHostNetwork) {
  const World world({"  podSelector: {}"});
  EXPECT_THAT(
      Isolating(world.cluster().policies, PodNamed(world.cluster(), "a/host"),
                Direction::kIngress),
      IsEmpty());
}

}  // namespace
}  // namespace panvault::segmentation
