// What this shows: isolation, rules and ports mean what the NetworkPolicy API
// says. Numbers in names are those of the list in docs/segmentation.md.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/services.h"
#include "tests/segmentation/policy_world.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::Contains;
using ::testing::StartsWith;

TEST(Semantics, P01NoPolicyNoIsolation) {
  const World world({});
  EXPECT_TRUE(world.Allows("b/z", "a/x"));
  EXPECT_TRUE(world.Allows("192.0.2.1", "a/x", "SCTP 5"));
  EXPECT_TRUE(world.Allows("a/x", "2001:db8::1", "UDP 1"));
}

TEST(Semantics, P01DirectionsAreIndependent) {
  const World world({OfX("  policyTypes: [Ingress]")});
  EXPECT_FALSE(world.Allows("b/x", "a/x"));
  EXPECT_TRUE(world.Allows("a/x", "b/x"));
  EXPECT_TRUE(world.Allows("b/x", "a/z"));
}

TEST(Semantics, P02PolicyTypesByDefault) {
  const World none({OfX("")});
  EXPECT_FALSE(none.Allows("b/x", "a/x"));
  EXPECT_TRUE(none.Allows("a/x", "b/x"));
  const World empty({OfX("  egress: []")});
  EXPECT_TRUE(empty.Allows("a/x", "b/x"));
  const World some({OfX("  egress: [{ports: [{port: 80}]}]")});
  EXPECT_TRUE(some.Allows("a/x", "b/x", "TCP 80"));
  EXPECT_FALSE(some.Allows("a/x", "b/x", "TCP 81"));
  EXPECT_FALSE(some.Allows("b/x", "a/x"));
}

TEST(Semantics, P03RulesOfAnotherDirectionAreInert) {
  const World world({OfX("  policyTypes: [Egress]\n  ingress: []")});
  EXPECT_TRUE(world.Allows("b/x", "a/x"));
  EXPECT_FALSE(world.Allows("a/x", "b/x"));
  const World both({OfX("  policyTypes: [Ingress, Egress]")});
  EXPECT_FALSE(both.Allows("b/x", "a/x"));
  EXPECT_FALSE(both.Allows("a/x", "b/x"));
}

TEST(Semantics, P04EmptyMeansOppositeThingsOneLevelApart) {
  for (const char* const nothing :
       {"  ingress: []", "  ingress: null", "  policyTypes: [Ingress]"}) {
    EXPECT_FALSE(World({OfX(nothing)}).Allows("b/x", "a/x")) << nothing;
  }
  for (const char* const everything :
       {"  ingress: [{}]", "  ingress: [{from: []}]",
        "  ingress: [{ports: []}]", "  ingress: [{from: null, ports: null}]"}) {
    const World world({OfX(everything)});
    EXPECT_TRUE(world.Allows("b/x", "a/x", "SCTP 9")) << everything;
    EXPECT_TRUE(world.Allows("2001:db8::1", "a/x")) << everything;
  }
}

TEST(Semantics, P05AnEmptyPortIsAllOfTcp) {
  const World world({OfX("  ingress: [{ports: [{}]}]")});
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 1"));
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 65535"));
  EXPECT_FALSE(world.Allows("b/x", "a/x", "UDP 1"));
}

TEST(Semantics, P06EmptyPodSelectorIsTheOwnNamespace) {
  for (const char* const all : {"  podSelector: {}", "  podSelector: null"}) {
    const World world({all});
    EXPECT_FALSE(world.Allows("b/x", "a/x")) << all;
    EXPECT_FALSE(world.Allows("b/x", "a/z")) << all;
    EXPECT_TRUE(world.Allows("a/x", "b/x")) << all;
  }
}

TEST(Semantics, P07BothHalvesAreNeeded) {
  const World out(
      {OfX("  policyTypes: [Egress]\n  egress: [{to: [{podSelector: "
           "{matchLabels: {pod: z}}}]}]"),
       "  podSelector: {matchLabels: {pod: z}}\n  ingress: []"});
  EXPECT_FALSE(out.Allows("a/x", "a/z"));
  const World open(
      {OfX("  policyTypes: [Egress]\n  egress: [{to: [{podSelector: "
           "{matchLabels: {pod: z}}}]}]")});
  EXPECT_TRUE(open.Allows("a/x", "a/z"));
  EXPECT_FALSE(open.Allows("a/x", "b/z"));
}

TEST(Semantics, P08PoliciesAdd) {
  const std::string deny = OfX("  policyTypes: [Ingress]");
  const std::string allow = OfX("  ingress: [{ports: [{port: 80}]}]");
  EXPECT_TRUE(World({deny, allow}).Allows("b/x", "a/x", "TCP 80"));
  EXPECT_TRUE(World({allow, deny}).Allows("b/x", "a/x", "TCP 80"));
  EXPECT_FALSE(World({deny, allow}).Allows("b/x", "a/x", "TCP 81"));
}

TEST(Semantics, P09RuleIsPeersAndPorts) {
  const World world(
      {OfX("  ingress:\n"
           "  - from: [{podSelector: {matchLabels: {pod: z}}}]\n"
           "    ports: [{port: 80}, {port: 90}]\n"
           "  - from: [{namespaceSelector: {}}, {ipBlock: {cidr: "
           "192.0.2.0/24}}]\n    ports: [{port: 443}]")});
  EXPECT_TRUE(world.Allows("a/z", "a/x", "TCP 90"));
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 443"));
  EXPECT_TRUE(world.Allows("192.0.2.1", "a/x", "TCP 443"));
  EXPECT_FALSE(world.Allows("b/x", "a/x", "TCP 80"));
  EXPECT_FALSE(world.Allows("192.0.2.1", "a/x", "TCP 80"));
}

TEST(Semantics, P23ProtocolsAreIndependent) {
  const World world(
      {OfX("  ingress: [{ports: [{port: 80}, {port: 53, protocol: "
           "UDP}, {port: 7, protocol: SCTP}]}]")});
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 80"));
  EXPECT_FALSE(world.Allows("b/x", "a/x", "UDP 80"));
  EXPECT_TRUE(world.Allows("b/x", "a/x", "UDP 53"));
  EXPECT_FALSE(world.Allows("b/x", "a/x", "TCP 53"));
  EXPECT_TRUE(world.Allows("b/x", "a/x", "SCTP 7"));
  const World sctp({OfX("  ingress: [{ports: [{protocol: SCTP}]}]")});
  EXPECT_FALSE(sctp.Allows("b/x", "a/x", "TCP 80"));
}

// ICMP is outside the API: no policy can name it, and nobody can ask for it.
TEST(Semantics, P24OtherProtocolsAreNotJudged) {
  const Cluster cluster = ReadAnyCluster(
      PolicyText("  ingress: [{ports: [{port: 8, protocol: ICMP}]}]"));
  EXPECT_EQ(cluster.problems.size(), 1U);
  EXPECT_TRUE(cluster.policies.empty());
  EXPECT_FALSE(ParseConnection("ICMP 8").has_value());
  const Report report = CheckText(ReleaseText()).report;
  EXPECT_THAT(report.not_checked, Contains(StartsWith("ICMP and other")));
}

TEST(Semantics, P25EndPortIsIncluded) {
  const World world({OfX("  ingress: [{ports: [{port: 80, endPort: 90}]}]")});
  EXPECT_FALSE(world.Allows("b/x", "a/x", "TCP 79"));
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 80"));
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 90"));
  EXPECT_FALSE(world.Allows("b/x", "a/x", "TCP 91"));
}

TEST(Semantics, P26NamedPortsBelongToTheDestination) {
  const World in({"  podSelector: {}\n  ingress: [{ports: [{port: web}]}]"});
  EXPECT_TRUE(in.Allows("b/x", "a/x", "TCP 80"));
  EXPECT_FALSE(in.Allows("b/x", "a/x", "TCP 81"));
  EXPECT_TRUE(in.Allows("b/x", "a/z", "TCP 81"));
  const World out(
      {OfX("  policyTypes: [Egress]\n  egress: [{ports: [{port: "
           "web}]}]")});
  EXPECT_TRUE(out.Allows("a/x", "b/z", "TCP 81"));
  EXPECT_FALSE(out.Allows("a/x", "b/z", "TCP 80"));
  EXPECT_FALSE(out.Allows("a/x", "192.0.2.1", "TCP 80"));
}

TEST(Semantics, P26NameAndProtocolMustMatch) {
  const World world({OfX("  ingress: [{ports: [{port: dns}, {port: none}]}]")});
  EXPECT_FALSE(world.Allows("b/x", "a/x", "TCP 53"));
  EXPECT_FALSE(world.Allows("b/x", "a/x", "UDP 53"));
  const World udp({OfX("  ingress: [{ports: [{port: dns, protocol: UDP}]}]")});
  EXPECT_TRUE(udp.Allows("b/x", "a/x", "UDP 53"));
  const World init({OfX("  ingress: [{ports: [{port: side}]}]")});
  EXPECT_TRUE(init.Allows("b/x", "a/x", "TCP 7"));
}

// The API server refuses it, and so the policy is not in force.
TEST(Semantics, P27ANumberInQuotesIsRefused) {
  const Cluster cluster =
      ReadAnyCluster(PolicyText("  ingress: [{ports: [{port: \"80\"}]}]"));
  EXPECT_EQ(cluster.problems.size(), 1U);
  EXPECT_TRUE(cluster.policies.empty());
  EXPECT_EQ(ReadCluster(PolicyText("  ingress: [{ports: [{port: 80}]}]"))
                .policies.size(),
            1U);
}

TEST(Semantics, P28UndeclaredContainerPortsAreOpenAllTheSame) {
  const World world({OfX("  ingress: [{ports: [{port: 9999}]}]")});
  EXPECT_TRUE(world.Allows("b/x", "a/x", "TCP 9999"));
}

// A Service's port is translated before a policy sees it.
TEST(Semantics, P29RulesSpeakOfThePodsPort) {
  Cluster cluster = ReadCluster(
      WorldText() +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\n"
      "spec: {selector: {pod: x}, ports: [{port: 443, targetPort: "
      "web}]}\n---\n" +
      PolicyText(OfX("  ingress: [{ports: [{port: 443}]}]")));
  const auto targets = FollowService(cluster, "a/s", {Protocol::kTcp, 443});
  ASSERT_TRUE(targets.ok()) << targets.status();
  const ServiceTarget& target = targets->at(0);
  EXPECT_EQ(target.connection.port, 80U);
  EXPECT_FALSE(
      Explain(cluster, {"b/x", target.pod}, target.connection)->is_allowed());
  EXPECT_TRUE(Explain(cluster, {"b/x", target.pod}, {Protocol::kTcp, 443})
                  ->is_allowed());
}

// A Service's address is not its pods': some plugins see one, some the other.
TEST(Semantics, P30AddressesOfServicesAreNotPods) {
  const World world(
      {OfX("  policyTypes: [Egress]\n  egress: [{to: [{ipBlock: {cidr: "
           "10.96.0.7/32}}]}]")});
  EXPECT_TRUE(world.Allows("a/x", "10.96.0.7"));
  EXPECT_FALSE(world.Allows("a/x", "a/z"));
  EXPECT_FALSE(world.Allows("a/x", "b/x"));
}

}  // namespace
}  // namespace panvault::segmentation
