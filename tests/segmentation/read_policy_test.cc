// What this shows: a NetworkPolicy is read as strictly as the API server takes
// it, with the defaults of its specification, and each mistake is named.

#include "segmentation/read_policy.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

NetworkPolicy Read(absl::string_view spec) {
  Cluster cluster = ReadCluster(PolicyText(spec));
  if (cluster.policies.size() != 1) {
    ADD_FAILURE() << "no policy from " << spec;
    return {};
  }
  return cluster.policies.front();
}

// The one complaint about it, without document and line.
std::string Wrong(absl::string_view spec) {
  const Cluster cluster = ReadAnyCluster(PolicyText(spec));
  EXPECT_THAT(cluster.policies, IsEmpty()) << spec;
  EXPECT_THAT(cluster.problems, SizeIs(1)) << spec;
  if (cluster.problems.empty()) return "";
  const Problem& problem = cluster.problems.front();
  EXPECT_EQ(problem.path.rfind("NetworkPolicy a/p: ", 0), 0U) << problem.path;
  return absl::StrCat(problem.path.substr(problem.path.find(": ") + 2), ": ",
                      problem.what);
}

TEST(ReadPolicyTest, PolicyTypesDefaultToWhatThereIs) {
  EXPECT_TRUE(Read("  podSelector: {}").isolates_ingress);
  EXPECT_FALSE(Read("  podSelector: {}").isolates_egress);
  EXPECT_TRUE(Read("  egress: [{}]").isolates_egress);
  EXPECT_TRUE(Read("  egress: [{}]").isolates_ingress);
  // The one place where an empty list is not the same as what it looks like.
  EXPECT_FALSE(Read("  egress: []").isolates_egress);
  EXPECT_FALSE(Read("  policyTypes: [Egress]").isolates_ingress);
  EXPECT_TRUE(Read("  policyTypes: [Egress]").isolates_egress);
  EXPECT_TRUE(Read("  policyTypes: [Egress]").has_policy_types);
  EXPECT_FALSE(Read("  policyTypes: []").has_policy_types);
}

TEST(ReadPolicyTest, PortsDefaultToTcpAndAll) {
  const NetworkPolicy policy = Read(
      "  ingress:\n  - ports:\n    - {}\n    - port: 80\n"
      "    - {port: 100, endPort: 200, protocol: UDP}\n    - port: web");
  const std::vector<PortRule>& ports = policy.ingress.at(0).ports;
  ASSERT_THAT(ports, SizeIs(4));
  EXPECT_EQ(ports[0].protocol, Protocol::kTcp);
  EXPECT_EQ(ports[0].ports.first, 1U);
  EXPECT_EQ(ports[0].ports.last, 65535U);
  EXPECT_EQ(ports[1].ports.last, 80U);
  EXPECT_EQ(ports[2].ports.last, 200U);
  EXPECT_EQ(ports[2].protocol, Protocol::kUdp);
  EXPECT_EQ(ports[3].name, "web");
}

TEST(ReadPolicyTest, RefusesBadPorts) {
  const auto port = [](const std::string& text) {
    return Wrong("  ingress: [{ports: [" + text + "]}]")
        .substr(std::string("spec.ingress[0].ports[0]").size());
  };
  EXPECT_EQ(port("{port: \"80\"}"),
            ".port: is no port name; a number is written without quotes");
  EXPECT_EQ(port("{port: 0}"), ".port: is not from 1 to 65535");
  EXPECT_EQ(port("{port: 65536}"), ".port: is not from 1 to 65535");
  EXPECT_EQ(port("{port: 1.5}"), ".port: is neither a number nor a name");
  EXPECT_EQ(port("{port: yes}"), ".port: is neither a number nor a name");
  EXPECT_EQ(port("{protocol: tcp}"), ".protocol: is not TCP, UDP or SCTP");
  EXPECT_EQ(port("{protocol: ICMP}"), ".protocol: is not TCP, UDP or SCTP");
  EXPECT_EQ(port("{protcol: UDP}"), ".protcol: unknown field");
  EXPECT_EQ(port("{endPort: 80}"), ".endPort: needs a port that is a number");
  EXPECT_EQ(port("{port: web, endPort: 80}"),
            ".endPort: needs a port that is a number");
  EXPECT_EQ(port("{port: 80, endPort: 79}"),
            ".endPort: is below port or over 65535");
  EXPECT_EQ(port("{port: 80, endPort: 65536}"),
            ".endPort: is below port or over 65535");
  EXPECT_EQ(port("{port: 80, endPort: \"81\"}"),
            ".endPort: is a string, not an integer");
  EXPECT_EQ(port("80"), ": is an integer, not a map");
}

TEST(ReadPolicyTest, RefusesBadPeers) {
  const auto peer = [](const std::string& text) {
    return Wrong("  egress: [{to: [" + text + "]}]")
        .substr(std::string("spec.egress[0].to[0]").size());
  };
  EXPECT_EQ(peer("{}"), ": a peer names pods, namespaces or an ipBlock");
  EXPECT_EQ(peer("{namespaceSelector: null}"),
            ": a peer names pods, namespaces or an ipBlock");
  EXPECT_EQ(peer("{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}"),
            ".ipBlock: excludes podSelector and namespaceSelector");
  EXPECT_EQ(peer("{ipBlock: {}}"), ".ipBlock.cidr: is needed");
  EXPECT_EQ(peer("{ipBlock: {cidr: 10.0.0.1}}"),
            ".ipBlock.cidr: a CIDR has a prefix length, as in /32");
  EXPECT_EQ(peer("{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}"),
            ".ipBlock.except[0]: is not strictly inside the cidr");
  EXPECT_EQ(peer("{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}"),
            ".ipBlock.except[0]: is not strictly inside the cidr");
  EXPECT_EQ(peer("{ipBlock: {cidr: 10.0.0.0/8, except: [\"fd00::/8\"]}}"),
            ".ipBlock.except[0]: is not strictly inside the cidr");
  EXPECT_EQ(peer("{ipblock: {cidr: 10.0.0.0/8}, podSelector: {}}"),
            ".ipblock: unknown field");
  EXPECT_EQ(peer("{podSelector: {app: web}}"),
            ".podSelector.app: unknown field");
}

TEST(ReadPolicyTest, RefusesBadSpecs) {
  EXPECT_EQ(Wrong("  policyTypes: [ingress]"),
            "spec.policyTypes[0]: is not Ingress or Egress");
  EXPECT_EQ(Wrong("  policyTypes: Ingress"),
            "spec.policyTypes: is a string, not a list");
  EXPECT_EQ(Wrong("  ingres: [{}]"), "spec.ingres: unknown field");
  EXPECT_EQ(Wrong("  ingress: {}"), "spec.ingress: is a map, not a list");
  EXPECT_EQ(Wrong("  ingress: [{to: []}]"),
            "spec.ingress[0].to: unknown field");
  EXPECT_EQ(Wrong("  egress: [{from: []}]"),
            "spec.egress[0].from: unknown field");
  EXPECT_EQ(Wrong("  ingress: [null]"),
            "spec.ingress[0]: is nothing, not a map");
}

TEST(ReadPolicyTest, NamesDocumentAndLine) {
  const Cluster cluster =
      ReadAnyCluster("---\n" + PolicyText("  ingress: [{}]") + "---\n" +
                     PolicyText("  ingress:\n  - ports:\n    - protcol: UDP"));
  EXPECT_THAT(ProblemsOf(cluster),
              ElementsAre("2:14: NetworkPolicy a/p: "
                          "spec.ingress[0].ports[0].protcol: unknown field"));
  EXPECT_THAT(cluster.policies, SizeIs(1));
}

}  // namespace
}  // namespace panvault::segmentation
