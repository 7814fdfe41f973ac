// What this shows: the builder makes a tree of events, and after an error
// nothing but the error.

#include "segmentation/tree_builder.h"

#include "gtest/gtest.h"
#include "tests/segmentation/shown.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::IsOk;

TreeNode Text(const char* text) {
  TreeNode node;
  node.kind = TreeNode::Kind::kString;
  node.text = text;
  return node;
}

TEST(TreeBuilderTest, BuildsAndBeginsAnew) {
  TreeBuilder builder;
  builder.Open(1, TreeNode::Kind::kMap);
  EXPECT_TRUE(builder.NextIsKey());
  builder.Key(2, "a");
  EXPECT_FALSE(builder.NextIsKey());
  builder.Open(2, TreeNode::Kind::kList);
  builder.Scalar(Text("x"));
  EXPECT_EQ(builder.Last().text, "x");
  builder.Close();
  builder.Close();
  EXPECT_THAT(builder.status(), IsOk());
  EXPECT_EQ(Shown(builder.TakeRoot()), "{a: ['x']}");
  builder.Scalar(Text("y"));
  EXPECT_EQ(Shown(builder.TakeRoot()), "'y'");
}

TEST(TreeBuilderTest, KeepsTheFirstError) {
  TreeBuilder builder;
  builder.Open(1, TreeNode::Kind::kMap);
  builder.Key(1, "a\n");
  builder.Scalar(Text("x"));
  builder.Key(2, "a\n");
  builder.Refuse(3, "something else");
  builder.Close();
  EXPECT_EQ(builder.status().message(), "line 2: repeated key \"a\\n\"");
}

TEST(TreeBuilderTest, ErrorsWithoutLine) {
  EXPECT_EQ(LineError(0, "what").message(), "what");
  EXPECT_EQ(LineError(7, "what").message(), "line 7: what");
}

TEST(TreeBuilderTest, CopyCountsDepth) {
  TreeNode deep;
  for (size_t i = 0; i + 1 < kNodeDepthMax; ++i) {
    TreeNode outer;
    outer.kind = TreeNode::Kind::kList;
    outer.items.push_back(deep);
    deep = outer;
  }
  TreeBuilder builder;
  builder.Copy(deep, 1);
  EXPECT_THAT(builder.status(), IsOk());
  builder.Open(2, TreeNode::Kind::kList);
  builder.Copy(deep, 2);
  EXPECT_EQ(builder.status().message(), "line 2: over 64 levels deep");
}

}  // namespace
}  // namespace panvault::segmentation
