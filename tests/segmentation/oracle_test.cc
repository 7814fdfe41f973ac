// What this shows: for 19 published clusters, the list of allowed connections
// is the one that an independent analyser gives, as a set.
//
// The cases are not part of this repository: $PANVAULT_ORACLES, or the folder
// shared beside the checkout. Without them, there is nothing to show.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/address.h"
#include "segmentation/connection_list.h"
#include "segmentation/manifests.h"
#include "tests/segmentation/shown_problems.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Path = std::filesystem::path;

constexpr size_t kCases = 19;

// Both forms of a list with neighbouring ranges of addresses joined: per pair
// of ends and connections, which addresses. Pods alone map to an empty set.
using Joined = std::map<std::string, IntervalSet<uint32_t>>;

AddressSet RangeOf(absl::string_view end) {
  absl::ConsumeSuffix(&end, "[External]");
  const std::vector<std::string> ends = absl::StrSplit(end, '-');
  const auto first = ParseAddress(ends.front());
  const auto last = ParseAddress(ends.back());
  EXPECT_THAT(first, testing::IsOk()) << end;
  EXPECT_THAT(last, testing::IsOk()) << end;
  return Ipv4Range(first->v4.intervals().front().first,
                   last->v4.intervals().front().first);
}

Joined Join(absl::string_view text) {
  Joined joined;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::vector<std::string> parts = absl::StrSplit(line, " : ");
    const std::vector<std::string> ends = absl::StrSplit(parts[0], " => ");
    IntervalSet<uint32_t> range;
    std::string key;
    for (const std::string& end : ends) {
      const bool is_outside = absl::StrContains(end, "[External]");
      if (is_outside) range = RangeOf(end).v4;
      absl::StrAppend(&key, is_outside ? "External" : end, " => ");
    }
    IntervalSet<uint32_t>& all = joined[absl::StrCat(key, parts[1])];
    all = all.Union(range);
  }
  return joined;
}

std::vector<std::string> Missing(const Joined& from, const Joined& in) {
  std::vector<std::string> missing;
  for (const auto& [key, range] : from) {
    const auto found = in.find(key);
    if (found == in.end() || !(found->second == range)) missing.push_back(key);
  }
  return missing;
}

std::vector<Path> Cases() {
  const char* const oracles = std::getenv("PANVAULT_ORACLES");
  const Path folder = Path(oracles ? oracles : PANVAULT_ORACLES_DEFAULT) /
                      "oracles" / "networkpolicy";
  std::vector<Path> cases;
  if (!std::filesystem::is_directory(folder)) return cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

TEST(OracleTest, ListsTheSameConnections) {
  const std::vector<Path> cases = Cases();
  if (cases.empty()) {
    std::puts("skipped: no oracles");
    GTEST_SKIP() << "no oracles";
  }
  size_t connections = 0;
  for (const Path& folder : cases) {
    SCOPED_TRACE(folder.filename().string());
    ASSERT_OK_AND_ASSIGN(const Manifests manifests,
                         LoadManifests({(folder / "manifests").string()}));
    ASSERT_OK_AND_ASSIGN(const std::string expected,
                         ReadWholeFile((folder / "expected.txt").string()));
    ListOptions options;
    options.host_network_as_pods = true;
    const Joined theirs = Join(expected);
    const Joined ours = Join(ListConnections(manifests.cluster, options));
    EXPECT_THAT(Missing(theirs, ours), IsEmpty()) << "not in ours";
    EXPECT_THAT(Missing(ours, theirs), IsEmpty()) << "only in ours";
    connections += theirs.size();
  }
  EXPECT_EQ(cases.size(), kCases);
  std::printf("%zu cases, %zu connections equal\n", cases.size(), connections);
}

// Their manifests are read without a complaint, but for one: a field whose name
// is written wrongly, which the API server would refuse as well.
TEST(OracleTest, FindsTheOneMisspeltField) {
  const std::vector<Path> cases = Cases();
  if (cases.empty()) GTEST_SKIP() << "no oracles";
  std::vector<std::string> problems;
  for (const Path& folder : cases) {
    ASSERT_OK_AND_ASSIGN(const Manifests manifests,
                         LoadManifests({(folder / "manifests").string()}));
    for (const std::string& problem : Shown(manifests.cluster.problems)) {
      problems.push_back(problem);
    }
  }
  const std::string port =
      "Deployment helloworld/pod-a: spec.template.spec.containers[0].ports[1]";
  EXPECT_THAT(problems,
              ElementsAre(port + ".containerport: unknown field",
                          port + ".containerPort: is needed, from 1 to 65535"));
}

}  // namespace
}  // namespace panvault::segmentation
