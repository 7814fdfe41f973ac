// What this shows: the list in np-guard's text form, and what a change opens
// and closes; oracle_test.cc compares it on published clusters.

#include "segmentation/connection_list.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWebFromTen[] =
    "  podSelector: {matchLabels: {pod: x}}\n  ingress: [{from: [{ipBlock: "
    "{cidr: 10.0.0.0/8}}], ports: [{port: 80}]}]";

TEST(ConnectionListTest, CutsAddressesWherePoliciesDo) {
  const std::string text =
      ToText(ListConnections(World({kWebFromTen}).cluster(), {}));
  EXPECT_THAT(text, HasSubstr("10.0.0.0-10.255.255.255[External] => a/x[Pod] : "
                              "TCP 80\n"));
  EXPECT_THAT(text, HasSubstr("11.0.0.0-255.255.255.255[External] => a/z[Pod] "
                              ": All Connections\n"));
  EXPECT_THAT(text, Not(HasSubstr("0.0.0.0-9.255.255.255[External] => a/x")));
  EXPECT_THAT(text, Not(HasSubstr("b/x[Pod] => a/x[Pod]")));
  EXPECT_THAT(text, Not(HasSubstr("::")));
}

TEST(ConnectionListTest, NamesIPv6IfAPolicyDoes) {
  const std::string text = ToText(ListConnections(
      World({"  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: "
             "\"fd00::/8\"}}]}]"})
          .cluster(),
      {}));
  EXPECT_THAT(text, HasSubstr("fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff["
                              "External] => a/x[Pod] : All Connections\n"));
}

TEST(ConnectionListTest, TheHostNetworkIsListedOnDemand) {
  const World world({});
  EXPECT_THAT(ToText(ListConnections(world.cluster(), {})),
              Not(HasSubstr("a/host")));
  ListOptions options;
  options.host_network_as_pods = true;
  EXPECT_THAT(ToText(ListConnections(world.cluster(), options)),
              HasSubstr("a/host"));
}

TEST(ConnectionListTest, DiffNamesBothWays) {
  const ConnectionList open = ListConnections(World({}).cluster(), {});
  const ConnectionList closed = ListConnections(
      World({OfX("  ingress: [{ports: [{port: 80}]}]")}).cluster(), {});
  EXPECT_EQ(DiffText(open, open), "");
  EXPECT_THAT(DiffText(open, closed),
              HasSubstr("closed b/x[Pod] => a/x[Pod] : SCTP 1-65535,TCP "
                        "1-79,81-65535,UDP 1-65535\n"));
  EXPECT_THAT(DiffText(open, closed), Not(HasSubstr("opened")));
  EXPECT_THAT(DiffText(closed, open), HasSubstr("opened b/x[Pod] => a/x[Pod]"));
}

}  // namespace
}  // namespace panvault::segmentation
