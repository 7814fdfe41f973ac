// What this shows: a Service leads to the ports of its pods, which is where
// policies look; and one that leads elsewhere is not guessed at.

#include "segmentation/services.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/policy_world.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;

constexpr Connection kHttps = {Protocol::kTcp, 443};

// The Service a/s of this specification, in front of the pods of WorldText().
Cluster WithService(const std::string& spec) {
  return ReadCluster(
      WorldText() +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\n"
      "spec: {" +
      spec + "}\n");
}

// "a/x TCP 80" for each target.
std::vector<std::string> Targets(const std::string& spec,
                                 const Connection& connection = kHttps) {
  const auto targets = FollowService(WithService(spec), "a/s", connection);
  EXPECT_TRUE(targets.ok()) << targets.status();
  std::vector<std::string> shown;
  for (const ServiceTarget& target : *targets) {
    shown.push_back(absl::StrCat(target.pod, " ",
                                 ProtocolName(target.connection.protocol), " ",
                                 target.connection.port));
  }
  return shown;
}

TEST(ServicesTest, PortsAreTranslated) {
  EXPECT_THAT(Targets("selector: {pod: z}, ports: [{port: 443, targetPort: "
                      "8443}]"),
              ElementsAre("a/z TCP 8443"));
  EXPECT_THAT(Targets("selector: {pod: z}, ports: [{port: 443}]"),
              ElementsAre("a/z TCP 443"));
  EXPECT_THAT(Targets("selector: {pod: z}, ports: [{port: 53, protocol: UDP, "
                      "targetPort: dns}, {port: 53, targetPort: 1}]",
                      {Protocol::kUdp, 53}),
              ElementsAre("a/z UDP 53"));
}

// Each pod gives a name its own number; a pod without the name is no target.
TEST(ServicesTest, NamesAreThePods) {
  EXPECT_THAT(Targets("selector: {pod: x}, ports: [{port: 443, targetPort: "
                      "web}]"),
              ElementsAre("a/x TCP 80"));
  EXPECT_THAT(Targets("selector: {pod: z}, ports: [{port: 443, targetPort: "
                      "web}]"),
              ElementsAre("a/z TCP 81"));
}

TEST(ServicesTest, WhatLeadsElsewhereIsNotGuessedAt) {
  const auto follow = [](const std::string& spec,
                         const std::string& name = "a/s") {
    return FollowService(WithService(spec), name, kHttps);
  };
  const std::string ports = "ports: [{port: 443}]";
  EXPECT_THAT(follow(ports), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(follow("selector: {}, " + ports),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(follow("type: ExternalName, externalName: x.example, selector: "
                     "{pod: x}, " +
                     ports),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(follow("selector: {pod: x}, ports: [{port: 80}]"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(follow("selector: {pod: none}, " + ports),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(follow("selector: {pod: x}, " + ports, "b/s"),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace panvault::segmentation
