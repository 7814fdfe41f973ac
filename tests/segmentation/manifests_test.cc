// What this shows: manifests are found in files and folders, hashed as they
// were read, and what cannot be read is never taken for empty.

#include "segmentation/manifests.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/sha256.h"
#include "tests/segmentation/read_cluster.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class ManifestsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path =
        std::filesystem::path(folder_.path()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  panvault::testing::TempFolder folder_;
};

std::string Pod(const std::string& name) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + "}\n";
}

TEST_F(ManifestsTest, ReadsFoldersWithAllBelow) {
  Write("b.yaml", Pod("b"));
  Write("a/c.yml", Pod("c"));
  Write("d.json",
        R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"d"}})");
  Write("notes.txt", "no manifest");
  ASSERT_OK_AND_ASSIGN(const Manifests read, LoadManifests({folder_.path()}));
  EXPECT_THAT(read.cluster.workloads, SizeIs(3));
  EXPECT_THAT(read.cluster.problems, SizeIs(0));
  ASSERT_THAT(read.files, SizeIs(3));
  EXPECT_EQ(read.files[1].sha256, Sha256Hex(Pod("b")));
}

TEST_F(ManifestsTest, ReportsDuplicates) {
  const std::string one = Write("1.yaml", Pod("p"));
  const std::string two = Write("2.yaml", Pod("p"));
  ASSERT_OK_AND_ASSIGN(const Manifests read, LoadManifests({one, two}));
  EXPECT_THAT(ProblemsOf(read.cluster),
              ElementsAre("1:1: Pod default/p: appears twice"));
}

TEST_F(ManifestsTest, UnreadableTextIsAProblemOfTheCluster) {
  const std::string bad = Write("bad.yaml", "a: [\n");
  ASSERT_OK_AND_ASSIGN(const Manifests read, LoadManifests({bad}));
  ASSERT_THAT(read.cluster.problems, SizeIs(1));
  EXPECT_EQ(read.cluster.problems[0].source.file, bad);
}

TEST_F(ManifestsTest, WhatIsNotThereIsAnError) {
  EXPECT_THAT(LoadManifests({folder_.path() + "/none.yaml"}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(LoadManifests({folder_.path()}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(ReadWholeFile(folder_.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ManifestsTest, TellsHowFarItIs) {
  std::string large;
  for (int i = 0; i < 2000; ++i) {
    large += Pod("p" + std::to_string(i)) + "---\n";
  }
  const std::string first = Write("a.yaml", large);
  const std::string second = Write("b.yaml", large + Pod("last"));
  std::vector<double> shares;
  ASSERT_OK_AND_ASSIGN(
      const Manifests read,
      LoadManifests({first, second}, [&shares](size_t done, size_t total) {
        shares.push_back(static_cast<double>(done) /
                         static_cast<double>(total));
      }));
  EXPECT_GT(shares.size(), 10U);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_LT(shares.front(), 0.2);
  EXPECT_GT(shares.back(), 0.8);
  EXPECT_LE(shares.back(), 1.0);
}

}  // namespace
}  // namespace panvault::segmentation
