// What this shows: peers mean what the NetworkPolicy API says. Numbers in names
// are those of the list in docs/segmentation.md.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/connection_list.h"
#include "segmentation/rules.h"
#include "tests/segmentation/policy_world.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Semantics, P10PodSelectorIsTheOwnNamespace) {
  const World one({IngressOfX("{podSelector: {matchLabels: {pod: z}}}")});
  EXPECT_TRUE(one.Allows("a/z", "a/x"));
  EXPECT_FALSE(one.Allows("b/z", "a/x"));
  const World all({IngressOfX("{podSelector: {}}")});
  EXPECT_TRUE(all.Allows("a/z", "a/x"));
  EXPECT_FALSE(all.Allows("b/z", "a/x"));
  EXPECT_FALSE(all.Allows("192.0.2.1", "a/x"));
}

TEST(Semantics, P11NamespaceSelectorIsAllPodsThere) {
  const World blue(
      {IngressOfX("{namespaceSelector: {matchLabels: {team: blue}}}")});
  EXPECT_TRUE(blue.Allows("b/x", "a/x"));
  EXPECT_TRUE(blue.Allows("b/z", "a/x"));
  EXPECT_FALSE(blue.Allows("a/z", "a/x"));
  const World all({IngressOfX("{namespaceSelector: {}}")});
  EXPECT_TRUE(all.Allows("a/z", "a/x"));
  EXPECT_TRUE(all.Allows("b/z", "a/x"));
  EXPECT_FALSE(all.Allows("192.0.2.1", "a/x"));
}

TEST(Semantics, P12OneItemIsAndTwoItemsAreOr) {
  const std::string space = "namespaceSelector: {matchLabels: {team: blue}}";
  const std::string pod = "podSelector: {matchLabels: {pod: z}}";
  const World both({IngressOfX("{" + space + ", " + pod + "}")});
  EXPECT_TRUE(both.Allows("b/z", "a/x"));
  EXPECT_FALSE(both.Allows("b/x", "a/x"));
  EXPECT_FALSE(both.Allows("a/z", "a/x"));
  const World either({IngressOfX("{" + space + "}, {" + pod + "}")});
  EXPECT_TRUE(either.Allows("b/z", "a/x"));
  EXPECT_TRUE(either.Allows("b/x", "a/x"));
  EXPECT_TRUE(either.Allows("a/z", "a/x"));
}

TEST(Semantics, P13NullSelectorIsNone) {
  const World world({IngressOfX("{namespaceSelector: null, podSelector: {}}")});
  EXPECT_TRUE(world.Allows("a/z", "a/x"));
  EXPECT_FALSE(world.Allows("b/z", "a/x"));
}

TEST(Semantics, P14ExpressionsOnMissingLabels) {
  const World without(
      {IngressOfX(
           "{namespaceSelector: {matchExpressions: [{key: team, operator: "
           "NotIn, values: [blue]}]}}"),
       "  podSelector: {matchLabels: {pod: z}}\n  ingress: [{from: "
       "[{podSelector: {matchExpressions: [{key: other, operator: "
       "DoesNotExist}, {key: pod, operator: Exists}]}}]}]"});
  EXPECT_TRUE(without.Allows("a/z", "a/x"));
  EXPECT_FALSE(without.Allows("b/z", "a/x"));
  EXPECT_TRUE(without.Allows("a/x", "a/z"));
}

TEST(Semantics, P15EveryNamespaceHasItsName) {
  const World world({IngressOfX(
      "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}}")});
  EXPECT_TRUE(world.Allows("b/x", "a/x"));
  EXPECT_FALSE(world.Allows("a/z", "a/x"));
}

// Whoever labels a pod opens its way; so something must tie the two.
TEST(Semantics, P16LabelsOfPodsAreCredentials) {
  Cluster cluster =
      World({IngressOfX("{podSelector: {matchLabels: {pod: w}}}")}).cluster();
  const Connection web{Protocol::kTcp, 80};
  EXPECT_FALSE(Explain(cluster, {"a/z", "a/x"}, web)->is_allowed());
  for (Workload& pod : cluster.workloads) {
    if (pod.name == "z") pod.labels["pod"] = "w";
  }
  EXPECT_TRUE(Explain(cluster, {"a/z", "a/x"}, web)->is_allowed());
  EXPECT_EQ(CheckText(ReleaseText()).report.verdict, Verdict::kPass);
  EXPECT_THAT(RulesOf(CheckText(Changed("validationActions: [Deny, Audit]",
                                        "validationActions: [Warn]"))
                          .report),
              Each(std::string(kUntied)));
}

TEST(Semantics, P17BlocksSpeakOfAddressesNotOfPods) {
  const World world({IngressOfX("{ipBlock: {cidr: 0.0.0.0/0}}")});
  EXPECT_TRUE(world.Allows("10.1.2.3", "a/x"));
  EXPECT_FALSE(world.Allows("b/x", "a/x"));
}

TEST(Semantics, P17TheOtherReadingOnDemand) {
  Cluster cluster =
      World(
          {IngressOfX("{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}")})
          .cluster();
  const Connection web{Protocol::kTcp, 80};
  ExplainOptions options;
  options.blocks_match_pods = true;
  for (const char* const address : {"10.0.0.1", "10.1.0.1"}) {
    for (Workload& pod : cluster.workloads) {
      pod.addresses = *ParseAddress(address);
    }
    EXPECT_FALSE(Explain(cluster, {"b/x", "a/x"}, web)->is_allowed());
    EXPECT_EQ(Explain(cluster, {"b/x", "a/x"}, web, options)->is_allowed(),
              std::string(address) == "10.0.0.1");
  }
}

TEST(Semantics, P18ExceptCarvesItsOwnPeerOnly) {
  const std::string carved =
      "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}}";
  const World world({IngressOfX(carved)});
  EXPECT_TRUE(world.Allows("10.0.255.255", "a/x"));
  EXPECT_FALSE(world.Allows("10.1.0.0", "a/x"));
  EXPECT_FALSE(world.Allows("10.2.255.255", "a/x"));
  EXPECT_TRUE(world.Allows("10.3.0.0", "a/x"));
  const World again(
      {IngressOfX(carved), IngressOfX("{ipBlock: {cidr: 10.1.5.0/24}}")});
  EXPECT_TRUE(again.Allows("10.1.5.9", "a/x"));
  EXPECT_FALSE(again.Allows("10.1.6.9", "a/x"));
}

TEST(Semantics, P19HostBitsAreMasked) {
  const World world({IngressOfX("{ipBlock: {cidr: 192.168.1.7/24}}")});
  EXPECT_TRUE(world.Allows("192.168.1.0", "a/x"));
  EXPECT_FALSE(world.Allows("192.168.2.0", "a/x"));
}

TEST(Semantics, P19FamiliesAreApart) {
  const World four({IngressOfX("{ipBlock: {cidr: 0.0.0.0/0}}")});
  EXPECT_TRUE(four.Allows("192.0.2.1", "a/x"));
  EXPECT_FALSE(four.Allows("2001:db8::1", "a/x"));
  const World six({IngressOfX("{ipBlock: {cidr: \"::/0\"}}")});
  EXPECT_FALSE(six.Allows("192.0.2.1", "a/x"));
  EXPECT_TRUE(six.Allows("2001:db8::1", "a/x"));
  const World none({"  podSelector: {}"});
  EXPECT_FALSE(none.Allows("2001:db8::1", "a/x"));
}

TEST(Semantics, P20EveryAddressIncludesPrivateOnesAndMetadata) {
  const World world({IngressOfX("{ipBlock: {cidr: 0.0.0.0/0}}")});
  EXPECT_TRUE(world.Allows("169.254.169.254", "a/x"));
  EXPECT_TRUE(world.Allows("127.0.0.1", "a/x"));
}

TEST(Semantics, P21TheHostNetworkIsOutOfReach) {
  const World closed({"  podSelector: {}\n  policyTypes: [Ingress, Egress]"});
  EXPECT_TRUE(closed.Allows("b/x", "a/host"));
  EXPECT_FALSE(closed.Allows("a/host", "a/x"));
  const World labelled({IngressOfX("{podSelector: {matchLabels: {pod: x}}}")});
  EXPECT_FALSE(labelled.Allows("a/host", "a/x"));
  const World everybody({IngressOfX("")});
  EXPECT_TRUE(everybody.Allows("a/host", "a/x"));
}

TEST(Semantics, P22FinishedPodsAreGone) {
  Cluster cluster = World({}).cluster();
  EXPECT_THAT(ListConnections(cluster, {}), HasSubstr("b/z"));
  for (Workload& pod : cluster.workloads) pod.is_finished = pod.name == "z";
  EXPECT_THAT(ListConnections(cluster, {}), Not(HasSubstr("b/z")));
}

// A label that changes the answer changes it without any change of policy.
TEST(Semantics, P39RelabellingChangesTheAnswer) {
  Cluster cluster =
      World({IngressOfX("{namespaceSelector: {matchLabels: {team: blue}}}")})
          .cluster();
  const Connection web{Protocol::kTcp, 80};
  EXPECT_TRUE(Explain(cluster, {"b/x", "a/x"}, web)->is_allowed());
  for (NamespaceObject& space : cluster.namespaces) space.labels.erase("team");
  EXPECT_FALSE(Explain(cluster, {"b/x", "a/x"}, web)->is_allowed());
}

}  // namespace
}  // namespace panvault::segmentation
