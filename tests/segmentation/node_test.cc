// What this shows: a file is read as the documents it holds, YAML or JSON.

#include "segmentation/node.h"

#include "gtest/gtest.h"
#include "tests/segmentation/shown.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;

TEST(ParseDocumentsTest, NumbersDocumentsAndLeavesOutEmptyOnes) {
  ASSERT_OK_AND_ASSIGN(const auto documents,
                       ParseDocuments("---\n# only a comment\n---\na: 1\n"
                                      "---\n---\nb: 2\n---\n"));
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].number, 2U);
  EXPECT_EQ(Shown(documents[0].root), "{a: 1}");
  EXPECT_EQ(documents[1].number, 4U);
  EXPECT_EQ(Shown(documents[1].root), "{b: 2}");
}

TEST(ParseDocumentsTest, TellsJsonByItsFirstCharacter) {
  // As YAML, `yes` would have been a boolean; JSON has no such word.
  EXPECT_THAT(ParseDocuments("{\"a\": yes}"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const auto documents,
                       ParseDocuments(" \n{\"a\": [true, \"\\/\"]}"));
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(Shown(documents[0].root), "{a: [true, '/']}");
}

TEST(ParseDocumentsTest, EmptyTextHasNoDocuments) {
  ASSERT_OK_AND_ASSIGN(const auto documents, ParseDocuments(""));
  EXPECT_TRUE(documents.empty());
  EXPECT_THAT(ParseDocuments("{"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(NodeTest, FindsByKey) {
  ASSERT_OK_AND_ASSIGN(const TreeNode root,
                       ParseJson(R"({"a": 1, "b": null})"));
  ASSERT_NE(root.Find("a"), nullptr);
  EXPECT_EQ(root.Find("a")->integer, 1);
  EXPECT_EQ(root.Find("c"), nullptr);
  EXPECT_EQ(root.Find("a")->Find("a"), nullptr);
}

}  // namespace
}  // namespace panvault::segmentation
