// What this shows: CIDR notation is read as the API server reads it, and IPv4
// and IPv6 stay apart.

#include "segmentation/address.h"

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

std::string Shown(absl::string_view cidr) {
  const auto set = ParseCidr(cidr);
  return set.ok() ? ToText(*set) : std::string(set.status().message());
}

TEST(AddressTest, KnownAnswers) {
  EXPECT_EQ(Shown("10.0.0.0/8"), "10.0.0.0-10.255.255.255");
  EXPECT_EQ(Shown("0.0.0.0/0"), "0.0.0.0-255.255.255.255");
  EXPECT_EQ(Shown("255.255.255.255/32"), "255.255.255.255");
  EXPECT_EQ(Shown("2001:db8::/32"),
            "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(Shown("::/0"), "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(Shown("::1/128"), "::1");
  EXPECT_EQ(Shown("::/80"), "::-::ffff:255.255.255.255");
  EXPECT_EQ(Shown("64:ff9b::/96"), "64:ff9b::-64:ff9b::ffff:ffff");
}

TEST(AddressTest, MasksHostBits) {
  EXPECT_EQ(Shown("192.168.1.7/24"), "192.168.1.0-192.168.1.255");
  EXPECT_EQ(Shown("2001:db8::5/64"), Shown("2001:db8::/64"));
}

TEST(AddressTest, RefusesWhatIsNoCidr) {
  for (const char* const bad : {"",
                                "10.0.0.0",
                                "10.0.0.0/33",
                                "10.0.0.0/-1",
                                "10.0.0.0/08",
                                "10.0.0.0/+8",
                                "10.0.0/8",
                                "010.0.0.0/8",
                                "::/129",
                                "fe80::1%eth0/64",
                                "::ffff:10.0.0.0/104",
                                "::ffff:0:0/96",
                                "::FFFF:a00:5/128",
                                "0:0:0:0:0:ffff:0:0/64",
                                "64:ff9b::10.0.0.5/128",
                                "1::2::3/64",
                                "fd00:::/64",
                                "12345::/64",
                                "1:2:3:4:5:6:7/128",
                                "10.0.0.0/8 ",
                                "/8",
                                "example.org/24"}) {
    EXPECT_THAT(ParseCidr(bad), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

TEST(AddressTest, FamiliesDoNotMix) {
  const auto every_v4 = ParseCidr("0.0.0.0/0");
  ASSERT_THAT(every_v4, IsOk());
  const AddressSet rest = AllAddresses().Subtract(*every_v4);
  EXPECT_TRUE(rest.v4.empty());
  EXPECT_EQ(FirstAddress(rest), "::");
}

TEST(AddressTest, SetOperations) {
  const AddressSet ten = Ipv4Range(10, 19);
  const AddressSet some = Ipv4Range(12, 14);
  EXPECT_EQ(ten.Intersect(some), some);
  EXPECT_EQ(ten.Subtract(some), Ipv4Range(10, 11).Union(Ipv4Range(15, 19)));
  EXPECT_TRUE(some.Subtract(ten).empty());
}

TEST(AddressTest, SingleAddresses) {
  const auto one = ParseAddress("192.0.2.1");
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(FirstAddress(*one), "192.0.2.1");
  for (const char* const bad : {"192.0.2.1/32", "::ffff:c000:201"}) {
    EXPECT_THAT(ParseAddress(bad), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

}  // namespace
}  // namespace panvault::segmentation
