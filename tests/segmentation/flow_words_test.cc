// What this shows: a flow without its words is not declared, and days and
// requirements have the form they must have.

#include "segmentation/flow_words.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/shown_problems.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Wrong(absl::string_view json, bool needs_review) {
  const TreeNode node = *ParseJson(json);
  std::vector<Problem> problems;
  const ReadContext context{{}, "", &problems};
  Fields fields(node, "", context);
  ReadFlowWords(fields, needs_review);
  fields.Finish();
  return Shown(problems);
}

TEST(FlowWordsTest, AllAreNeeded) {
  EXPECT_THAT(Wrong(R"({"justification": "j", "owner": "o", "approved_by": "a",
                        "review_by": "2026-02-28", "pci": ["1.2.5"]})",
                    true),
              IsEmpty());
  EXPECT_THAT(Wrong(R"({"justification": ""})", true),
              ElementsAre("justification: is needed", "owner: is needed",
                          "approved_by: is needed", "review_by: is needed"));
  EXPECT_THAT(Wrong(R"({"justification": "j", "owner": "o",
                        "approved_by": "a"})",
                    false),
              IsEmpty());
}

TEST(FlowWordsTest, FormsAreChecked) {
  EXPECT_THAT(Wrong(R"({"justification": "j", "owner": "o", "approved_by": "a",
                        "review_by": "2026-02-29", "pci": ["1.2.5", "one"]})",
                    true),
              ElementsAre("review_by: is no day, YYYY-MM-DD",
                          "pci[1]: is no requirement, as in 1.2.5"));
}

TEST(FlowWordsTest, Days) {
  EXPECT_TRUE(IsDay("2028-02-29"));
  for (const char* const bad : {"", "2026-02-29", "2026-13-01", "2026-1-01",
                                "26-01-01", "2026/01/01", "2026-01-01T"}) {
    EXPECT_FALSE(IsDay(bad)) << bad;
  }
}

TEST(FlowWordsTest, Requirements) {
  for (const char* const good : {"1.2.5", "3.5.1.2", "A1.1.4", "12.10"}) {
    EXPECT_TRUE(IsRequirement(good)) << good;
  }
  for (const char* const bad :
       {"", "1", "1.", "1.2.5.1.1", "1.2.x", "B1.1", "100.1"}) {
    EXPECT_FALSE(IsRequirement(bad)) << bad;
  }
}

}  // namespace
}  // namespace panvault::segmentation
