// What this shows: the list in np-guard's text form, and what a change opens
// and closes; oracle_test.cc compares it on published clusters.

#include "segmentation/connection_list.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kWebFromTen[] =
    "  podSelector: {matchLabels: {pod: x}}\n  ingress: [{from: [{ipBlock: "
    "{cidr: 10.0.0.0/8}}], ports: [{port: 80}]}]";

TEST(ConnectionListTest, CutsAddressesWherePoliciesDo) {
  const std::string text = ListConnections(World({kWebFromTen}).cluster(), {});
  EXPECT_THAT(text, HasSubstr("10.0.0.0-10.255.255.255[External] => a/x[Pod] : "
                              "TCP 80\n"));
  EXPECT_THAT(text, HasSubstr("11.0.0.0-255.255.255.255[External] => a/z[Pod] "
                              ": All Connections\n"));
  EXPECT_THAT(text, Not(HasSubstr("0.0.0.0-9.255.255.255[External] => a/x")));
  EXPECT_THAT(text, Not(HasSubstr("b/x[Pod] => a/x[Pod]")));
  EXPECT_THAT(text, Not(HasSubstr("::")));
}

TEST(ConnectionListTest, NamesIPv6IfAPolicyDoes) {
  const std::string text = ListConnections(
      World({"  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: "
             "\"fd00::/8\"}}]}]"})
          .cluster(),
      {});
  EXPECT_THAT(text, HasSubstr("fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff["
                              "External] => a/x[Pod] : All Connections\n"));
}

TEST(ConnectionListTest, LinesAreSorted) {
  const std::string text = ListConnections(World({kWebFromTen}).cluster(), {});
  const std::vector<std::string> lines =
      absl::StrSplit(text, '\n', absl::SkipEmpty());
  EXPECT_GT(lines.size(), 10U);
  EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end()));
}

TEST(ConnectionListTest, TheHostNetworkIsListedOnDemand) {
  const World world({});
  EXPECT_THAT(ListConnections(world.cluster(), {}), Not(HasSubstr("a/host")));
  ListOptions options;
  options.host_network_as_pods = true;
  EXPECT_THAT(ListConnections(world.cluster(), options), HasSubstr("a/host"));
}

TEST(ConnectionListTest, DiffNamesBothWays) {
  const Cluster open = World({}).cluster();
  const Cluster closed =
      World({OfX("  ingress: [{ports: [{port: 80}]}]")}).cluster();
  EXPECT_EQ(DiffConnections(open, open, {}), "");
  const std::string closing = DiffConnections(open, closed, {});
  EXPECT_THAT(closing,
              HasSubstr("closed b/x[Pod] => a/x[Pod] : SCTP 1-65535,TCP "
                        "1-79,81-65535,UDP 1-65535\n"));
  EXPECT_THAT(closing, Not(HasSubstr("opened")));
  EXPECT_THAT(DiffConnections(closed, open, {}),
              HasSubstr("opened b/x[Pod] => a/x[Pod]"));
}

// A block cuts the addresses of all pods; only the pods that it is about
// change.
TEST(ConnectionListTest, DiffDoesNotCallACutAChange) {
  const Cluster open = World({}).cluster();
  const Cluster cut = World({kWebFromTen}).cluster();
  const std::string text = DiffConnections(open, cut, {});
  EXPECT_THAT(text, HasSubstr("closed 11.0.0.0-255.255.255.255[External] => "
                              "a/x[Pod] : All Connections\n"));
  EXPECT_THAT(text, Not(HasSubstr("[External] => a/z[Pod]")));
  EXPECT_THAT(text, Not(HasSubstr("=> 11.0.0.0")));
  EXPECT_THAT(text, Not(HasSubstr("opened")));
  const std::string back = DiffConnections(cut, open, {});
  EXPECT_THAT(back, Not(HasSubstr("[External] => a/z[Pod]")));
  EXPECT_THAT(back, Not(HasSubstr("closed")));
}

// Its lines are gone, but it is not closed in: it got out of reach.
TEST(ConnectionListTest, DiffNamesPodsThatMoveToTheHostNetwork) {
  const Cluster before = World({OfX("")}).cluster();
  Cluster after = before;
  after.workloads.front().host_network = true;  // a/x
  EXPECT_THAT(OnHostNetwork(after, {}), ElementsAre("a/host[Pod]", "a/x[Pod]"));
  EXPECT_THAT(DiffConnections(before, after, {}),
              HasSubstr("opened host network of a/x[Pod]: no policy applies to "
                        "it\n"));
  EXPECT_THAT(DiffConnections(after, before, {}),
              HasSubstr("closed host network of a/x[Pod]\n"));
  ListOptions as_pods;
  as_pods.host_network_as_pods = true;
  EXPECT_THAT(OnHostNetwork(after, as_pods), IsEmpty());
  EXPECT_THAT(DiffConnections(before, after, as_pods),
              Not(HasSubstr("host network")));
}

TEST(ConnectionListTest, DiffNamesPodsOfOneSideOnly) {
  const Cluster more = World({}).cluster();
  Cluster less = more;
  less.workloads.erase(less.workloads.begin());  // a/x
  const std::string text = DiffConnections(more, less, {});
  EXPECT_THAT(text, HasSubstr("closed a/x[Pod] => b/x[Pod] : All "));
  EXPECT_THAT(text, HasSubstr("closed b/x[Pod] => a/x[Pod] : All "));
  EXPECT_THAT(text, Not(HasSubstr("opened")));
  EXPECT_THAT(DiffConnections(less, more, {}), Not(HasSubstr("closed")));
}

TEST(ConnectionListTest, TellsHowFarItIs) {
  const Cluster cluster = World({}).cluster();
  std::vector<size_t> shares;
  ListOptions options;
  options.watch = [&shares](size_t done, size_t total) {
    EXPECT_LT(done, total);
    shares.push_back(done);
  };
  ListConnections(cluster, options);
  EXPECT_THAT(shares, ElementsAre(0, 1, 2, 3, 4));  // Four pods, and outside.
}

}  // namespace
}  // namespace panvault::segmentation
