// What this shows: manifests are found in files and folders, hashed as they
// were read, and what cannot be read is never taken for empty.

#include "segmentation/manifests.h"

#include <filesystem>
#include <fstream>
#include <string>

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

}  // namespace
}  // namespace panvault::segmentation
