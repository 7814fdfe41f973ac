// What this shows: reading ends, without a fault, for every text that the
// fuzzers begin with or that they once broke something with. Run it under
// AddressSanitizer; scripts/test --fuzz looks further.

#include <filesystem>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "segmentation/manifests.h"
#include "tests/segmentation/fuzz_inputs.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::string(PANVAULT_SEGMENTATION_CORPUS) + "/" + folder)) {
    files.push_back(entry.path().string());
  }
  return files;
}

TEST(CorpusTest, ManifestsAreRead) {
  const std::vector<std::string> files = FilesIn("manifests");
  ASSERT_GE(files.size(), 4U);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    ASSERT_OK_AND_ASSIGN(const std::string text, ReadWholeFile(file));
    TryManifests(text);
  }
}

TEST(CorpusTest, FlowsAreRead) {
  const std::vector<std::string> files = FilesIn("flows");
  ASSERT_GE(files.size(), 2U);
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    ASSERT_OK_AND_ASSIGN(const std::string text, ReadWholeFile(file));
    TryFlows(text);
  }
}

}  // namespace
}  // namespace panvault::segmentation
