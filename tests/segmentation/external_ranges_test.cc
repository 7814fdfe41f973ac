// What this shows: addresses are cut where blocks begin and end, of all
// clusters together, and nowhere else.

#include "segmentation/external_ranges.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;

Cluster From(const std::string& cidr) {
  return World({IngressOfX("{ipBlock: {cidr: \"" + cidr + "\"}}")}).cluster();
}

std::vector<std::string> Names(const std::vector<ExternalRange>& ranges) {
  std::vector<std::string> names;
  for (const ExternalRange& range : ranges) names.push_back(range.name);
  return names;
}

TEST(ExternalRangesTest, WithoutBlocksThereIsOne) {
  const Cluster cluster = World({}).cluster();
  EXPECT_THAT(Names(ExternalRanges({&cluster})),
              ElementsAre("0.0.0.0-255.255.255.255[External]"));
}

TEST(ExternalRangesTest, BlocksCutAtBothEnds) {
  const Cluster ten = From("10.0.0.0/8");
  const Cluster last = From("255.0.0.0/8");
  EXPECT_THAT(Names(ExternalRanges({&ten})),
              ElementsAre("0.0.0.0-9.255.255.255[External]",
                          "10.0.0.0-10.255.255.255[External]",
                          "11.0.0.0-255.255.255.255[External]"));
  EXPECT_THAT(Names(ExternalRanges({&ten, &last})),
              ElementsAre("0.0.0.0-9.255.255.255[External]",
                          "10.0.0.0-10.255.255.255[External]",
                          "11.0.0.0-254.255.255.255[External]",
                          "255.0.0.0-255.255.255.255[External]"));
}

TEST(ExternalRangesTest, IPv6IfAnyNamesIt) {
  const Cluster four = From("0.0.0.0/0");
  const Cluster six = From("8000::/1");
  EXPECT_THAT(
      Names(ExternalRanges({&four, &six})),
      ElementsAre("0.0.0.0-255.255.255.255[External]",
                  "::-7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[External]",
                  "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[External]"));
}

}  // namespace
}  // namespace panvault::segmentation
