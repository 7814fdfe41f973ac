// What this shows: whatever is done to the text of a release, reading it ends,
// and no change that breaks it is a pass. Run it under AddressSanitizer;
// manifests_fuzzer.cc looks further.

#include <cstdint>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

constexpr int kRounds = 1500;

// Cuts, doubles or overwrites a few bytes, most often with some that mean
// something in YAML.
std::string Mutated(std::string text, std::mt19937& random) {
  static constexpr char kSpecial[] = "{}[]:,-&*!|>'\"#%@`? \n\t\\\0<\xff";
  for (auto count = random() % 4 + 1; count > 0; --count) {
    const size_t at = random() % text.size();
    const size_t bytes = random() % 40;
    switch (random() % 4) {
      case 0:
        text.erase(at, bytes);
        break;
      case 1:
        text.insert(random() % text.size(), text.substr(at, bytes));
        break;
      case 2:
        text[at] = kSpecial[random() % (sizeof(kSpecial) - 1)];
        break;
      default:
        text[at] = static_cast<char>(random() % 256);
        break;
    }
    if (text.empty()) text = "-";
  }
  return text;
}

TEST(MutationTest, ReadingEnds) {
  std::mt19937 random(1);
  int unreadable = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = Mutated(ReleaseText(), random);
    Cluster cluster;
    AddManifest("mutated.yaml", text, cluster);
    if (cluster.problems.empty()) continue;
    ++unreadable;
    Manifests manifests;
    manifests.cluster = cluster;
    FlowMatrix matrix;
    EXPECT_NE(Check(manifests, matrix, {}, {}).verdict, Verdict::kPass);
  }
  // Most mutations hit something; a reader that takes all is no reader.
  EXPECT_GT(unreadable, kRounds / 3);
}

TEST(MutationTest, ReadingOfFlowsEnds) {
  const Checked checked = CheckText(ReleaseText());
  const std::string flows = *FlowsInManifests(checked.manifests.cluster);
  std::mt19937 random(2);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Problem> problems;
    ParseFlowMatrix("flows.yaml", Mutated(flows, random), problems);
  }
}

TEST(MutationTest, ReadingOfJsonEnds) {
  std::mt19937 random(3);
  const std::string json =
      R"({"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicyList",)"
      R"("items":[{"metadata":{"name":"p","namespace":"v","labels":{"a":"b"}},)"
      R"("spec":{"podSelector":{"matchExpressions":[{"key":"a","operator":)"
      R"("In","values":["b"]}]},"ingress":[{"ports":[{"port":80,"endPort":90}],)"
      R"("from":[{"ipBlock":{"cidr":"10.0.0.0/8"}}]}]}}]})";
  Cluster whole;
  AddManifest("f.json", json, whole);
  EXPECT_EQ(whole.policies.size(), 1U);
  EXPECT_TRUE(whole.problems.empty());
  for (int round = 0; round < kRounds; ++round) {
    Cluster cluster;
    AddManifest("f.json", Mutated(json, random), cluster);
  }
}

}  // namespace
}  // namespace panvault::segmentation
