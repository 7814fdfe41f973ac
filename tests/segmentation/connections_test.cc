// What this shows: protocols and ports as sets, and the text they are shown as.

#include "segmentation/connections.h"

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

TEST(ConnectionsTest, TextNamesEachProtocolOnce) {
  const ConnectionSet set = Connections(Protocol::kTcp, {80, 80})
                                .Union(Connections(Protocol::kTcp, {90, 95}))
                                .Union(Connections(Protocol::kUdp, {53, 53}));
  EXPECT_EQ(ToText(set), "TCP 80,90-95,UDP 53");
  EXPECT_EQ(ToText(AllConnections()), "All Connections");
  EXPECT_EQ(ToText(ConnectionSet()), "No Connections");
  EXPECT_EQ(ToText(AllConnections().Subtract(set)),
            "SCTP 1-65535,TCP 1-79,81-89,96-65535,UDP 1-52,54-65535");
}

// Port 65535 of one protocol and port 1 of the next are not neighbours.
TEST(ConnectionsTest, ProtocolsDoNotMerge) {
  const ConnectionSet set = Connections(Protocol::kSctp, kEveryPort)
                                .Union(Connections(Protocol::kTcp, kEveryPort));
  EXPECT_EQ(set.intervals().size(), 2U);
  EXPECT_EQ(ToText(set), "SCTP 1-65535,TCP 1-65535");
}

TEST(ConnectionsTest, FirstIsTheLowest) {
  const Connection first = FirstOf(Connections(Protocol::kUdp, {53, 99}));
  EXPECT_EQ(first.protocol, Protocol::kUdp);
  EXPECT_EQ(first.port, 53U);
}

TEST(ConnectionsTest, ParsesWhatAPersonWrites) {
  const auto plain = ParseConnection("8443");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->protocol, Protocol::kTcp);
  EXPECT_EQ(plain->port, 8443U);
  const auto udp = ParseConnection("udp/53");
  ASSERT_TRUE(udp);
  EXPECT_EQ(udp->protocol, Protocol::kUdp);
  for (const char* const bad :
       {"", "0", "65536", "-1", "TCP", "ICMP 8", "TCP 80 90", "http"}) {
    EXPECT_FALSE(ParseConnection(bad)) << bad;
  }
}

TEST(ConnectionsTest, ProtocolNamesAreUpperCase) {
  EXPECT_EQ(ParseProtocol("SCTP"), Protocol::kSctp);
  EXPECT_FALSE(ParseProtocol("tcp"));
  EXPECT_FALSE(ParseProtocol("ICMP"));
}

}  // namespace
}  // namespace panvault::segmentation
