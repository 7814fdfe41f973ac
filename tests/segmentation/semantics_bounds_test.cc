// What this shows: traffic that goes around policies, or is bent on the way, is
// judged as the API says or named as not judged. Numbers in names are those of
// the list in docs/segmentation.md.

#include <string>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/connection_list.h"
#include "segmentation/engine.h"
#include "tests/segmentation/policy_world.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDenyAll[] =
    "  podSelector: {}\n  policyTypes: [Ingress, Egress]";
constexpr char kReachesItself[] = "a pod reaches itself, whatever policies say";

// What the report of a release that passes says it does not judge.
std::string NotChecked() {
  const Report report = CheckText(ReleaseText()).report;
  EXPECT_EQ(report.verdict, Verdict::kPass);
  return absl::StrJoin(report.not_checked, "\n");
}

Half HalfOf(const World& world, const Ends& ends, Direction direction) {
  const auto explanation = Explain(world.cluster(), ends, {Protocol::kTcp, 80});
  EXPECT_TRUE(explanation.ok()) << explanation.status();
  return direction == Direction::kIngress ? explanation->ingress
                                          : explanation->egress;
}

// The start of a connection is judged, so x answers z and calls nobody.
TEST(Semantics, P31RepliesAreNotJudgedAgain) {
  const World world({EgressOfX(""), IngressOfX("{podSelector: {}}")});
  EXPECT_TRUE(world.Allows("a/z", "a/x"));
  EXPECT_FALSE(world.Allows("a/x", "a/z"));
  EXPECT_THAT(NotChecked(), HasSubstr("replies"));
  EXPECT_THAT(NotChecked(), HasSubstr("open before a change"));
}

TEST(Semantics, P32TheOwnNodeMayAlwaysComeIn) {
  const std::string exception = "its own node reaches it all the same";
  const World world({kDenyAll});
  const Half in = HalfOf(world, {"a/host", "a/x"}, Direction::kIngress);
  EXPECT_FALSE(in.is_allowed);  // The node may be another.
  EXPECT_THAT(in.reasons, Contains(exception));
  EXPECT_THAT(HalfOf(world, {"b/x", "a/x"}, Direction::kIngress).reasons,
              Not(Contains(exception)));
  // The API has no such exception for the way out.
  const Half out = HalfOf(world, {"a/x", "a/host"}, Direction::kEgress);
  EXPECT_FALSE(out.is_allowed);
  EXPECT_THAT(out.reasons, Not(Contains(exception)));
  EXPECT_THAT(NotChecked(), HasSubstr("a pod and its own node"));
}

TEST(Semantics, P33APodReachesItself) {
  const World world({kDenyAll});
  EXPECT_TRUE(world.Allows("a/x", "a/x"));
  EXPECT_FALSE(world.Allows("a/x", "a/z"));
  EXPECT_THAT(HalfOf(world, {"a/x", "a/x"}, Direction::kIngress).reasons,
              ElementsAre(kReachesItself));
  EXPECT_THAT(ListConnections(World({}).cluster(), {}),
              Not(HasSubstr("a/x[Pod] => a/x[Pod]")));
  EXPECT_THAT(NotChecked(), HasSubstr("loopback"));
}

// The pods of one controller are several, and policies hold between them.
TEST(Semantics, P33ReplicasAreNotOnePod) {
  const Cluster cluster = ReadCluster(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: "
      "a}\nspec: {template: {metadata: {labels: {app: d}}}}\n---\n" +
      PolicyText(kDenyAll));
  EXPECT_FALSE(
      Explain(cluster, {"a/d", "a/d"}, {Protocol::kTcp, 80})->is_allowed());
}

// What comes by way of a node has the node's address, not the client's.
TEST(Semantics, P34RewrittenSourcesAreTheNodes) {
  const World world(
      {"  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: "
       "192.0.2.1/32}}]}]"});
  EXPECT_TRUE(world.Allows("192.0.2.1", "a/x"));
  EXPECT_FALSE(world.Allows("10.0.0.4", "a/x"));
  EXPECT_THAT(NotChecked(), HasSubstr("source addresses that are rewritten"));
}

TEST(Semantics, P35NameServersOfNodesHaveNoLabels) {
  const World selected(
      {EgressOfX("{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: "
                 "UDP}]}")});
  EXPECT_TRUE(selected.Allows("a/x", "b/x", "UDP 53"));
  EXPECT_FALSE(selected.Allows("a/x", "b/x", "TCP 53"));
  EXPECT_FALSE(selected.Allows("a/x", "169.254.20.10", "UDP 53"));
  const World named(
      {EgressOfX("{to: [{ipBlock: {cidr: 169.254.169.254/32}}], ports: [{port: "
                 "53, protocol: UDP}, {port: 53}]}")});
  EXPECT_TRUE(named.Allows("a/x", "169.254.169.254", "UDP 53"));
  EXPECT_TRUE(named.Allows("a/x", "169.254.169.254", "TCP 53"));
  EXPECT_FALSE(named.Allows("a/x", "169.254.169.254", "TCP 80"));
  EXPECT_THAT(NotChecked(), HasSubstr("link-local"));
}

TEST(Semantics, P36MetadataOverHttpIsALeak) {
  const World around(
      {EgressOfX("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: "
                 "[169.254.169.254/32]}}]}")});
  EXPECT_TRUE(around.Allows("a/x", "169.254.169.253"));
  EXPECT_FALSE(around.Allows("a/x", "169.254.169.254"));
  const Report report =
      CheckText(
          WithMore("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
                   "metadata: {name: m, namespace: vault}\nspec:\n"
                   "  podSelector: {}\n  policyTypes: [Egress]\n  egress: "
                   "[{to: [{ipBlock: {cidr: 169.254.169.254/32}}], ports: "
                   "[{port: 80}]}]\n"))
          .report;
  EXPECT_THAT(RulesOf(report), Contains("leak-egress"));
  EXPECT_THAT(report.findings.front().example,
              HasSubstr("169.254.169.254 on TCP 80"));
  EXPECT_THAT(NotChecked(), HasSubstr("enforces NetworkPolicy at all"));
}

TEST(Semantics, P37WhenAPolicyTakesEffectIsNotJudged) {
  EXPECT_THAT(NotChecked(), HasSubstr("the time until a change takes effect"));
}

TEST(Semantics, P38AllContainersShareThePolicy) {
  const Cluster cluster = ReadCluster(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\nspec: "
      "{initContainers: [{name: i, restartPolicy: Always, ports: [{name: one, "
      "containerPort: 1}]}], containers: [{name: c, ports: [{name: two, "
      "containerPort: 2}]}], ephemeralContainers: [{name: e, ports: [{name: "
      "three, containerPort: 3}]}]}\n---\n" +
      PolicyText("  ingress: [{ports: [{port: one}, {port: two}, {port: "
                 "three}]}]"));
  for (const uint32_t port : {1U, 2U, 3U, 4U}) {
    EXPECT_EQ(Explain(cluster, {"192.0.2.1", "a/p"}, {Protocol::kTcp, port})
                  ->is_allowed(),
              port != 4)
        << port;
  }
}

// No policy is about the second interface of a pod.
TEST(Semantics, P38SecondInterfacesAreUnknown) {
  EXPECT_THAT(NotChecked(), HasSubstr("Second network interfaces"));
  const auto annotated = [](const std::string& annotation) {
    return CheckText(
               Changed("  template:\n    metadata:\n",
                       "  template:\n    metadata:\n      annotations: {" +
                           annotation + "}\n",
                       "kind: Deployment\n"))
        .report;
  };
  const Report report = annotated("k8s.v1.cni.cncf.io/networks: storage");
  EXPECT_EQ(report.verdict, Verdict::kUnknown);
  EXPECT_THAT(RulesOf(report), ElementsAre("second-network"));
  EXPECT_EQ(annotated("other: storage").verdict, Verdict::kPass);
}

}  // namespace
}  // namespace panvault::segmentation
