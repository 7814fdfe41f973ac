// What this shows: YAML becomes the tree that Kubernetes sees, with lines, and
// what could mean something else than it looks like is refused.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/node.h"
#include "tests/segmentation/shown.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;

std::string Parsed(absl::string_view text) {
  const auto documents = ParseYamlDocuments(text);
  if (!documents.ok()) return std::string(documents.status().message());
  std::string shown;
  for (const Document& document : *documents) shown += Shown(document.root);
  return shown;
}

TEST(ParseYamlDocumentsTest, KnownAnswers) {
  EXPECT_EQ(Parsed("a: 80\nb: \"80\"\nc: yes\nd:\n- x\n- {}\n"),
            "{a: 80, b: '80', c: true, d: ['x', {}]}");
  EXPECT_EQ(Parsed("a: 1\n---\nb: |\n  two\n"), "{a: 1}{b: 'two\n'}");
}

TEST(ParseYamlDocumentsTest, KnowsLines) {
  ASSERT_OK_AND_ASSIGN(const auto documents,
                       ParseYamlDocuments("a:\n  b:\n  - c: 1\n"));
  const TreeNode* const b = documents[0].root.Find("a")->Find("b");
  EXPECT_EQ(b->line, 2);
  EXPECT_EQ(b->items[0].Find("c")->line, 3);
}

TEST(ParseYamlDocumentsTest, FollowsAliases) {
  EXPECT_EQ(Parsed("a: &x {b: 1}\nc: *x\nd: [*x]\n"),
            "{a: {b: 1}, c: {b: 1}, d: [{b: 1}]}");
  EXPECT_EQ(Parsed("a: &x 5\nb: *x\n"), "{a: 5, b: 5}");
  EXPECT_THAT(Parsed("a: *x\n"), HasSubstr("line 1"));
  EXPECT_THAT(Parsed("a: &x 1\n---\nb: *x\n"), HasSubstr("line 3"));
}

TEST(ParseYamlDocumentsTest, Refuses) {
  EXPECT_EQ(Parsed("a: 1\nb: 2\na: 3\n"), "line 3: repeated key \"a\"");
  EXPECT_EQ(Parsed("a: 1\n---\nb: 2\n---\nb: 3\nb: 4\n"),
            "document 3, line 6: repeated key \"b\"");
  EXPECT_THAT(Parsed("a: 1\n---\nb: [1\n"), HasSubstr("document 2, line "));
  EXPECT_EQ(Parsed("a: &x {b: 1}\nc:\n  <<: *x\n"),
            "line 3: merge keys are not allowed");
  EXPECT_EQ(Parsed("a: !!str 1\n"), "line 1: tags are not allowed");
  EXPECT_EQ(Parsed("a: !custom {}\n"), "line 1: tags are not allowed");
  EXPECT_EQ(Parsed("1: a\n"), "line 1: a key is a string");
  EXPECT_EQ(Parsed("on: a\n"), "line 1: a key is a string");
  EXPECT_EQ(Parsed("? {a: b}\n: c\n"), "line 1: a key is a string");
  EXPECT_THAT(Parsed("a: \"b\n"), HasSubstr("not YAML"));
  EXPECT_THAT(Parsed("a: [1\n"), HasSubstr("not YAML"));
  EXPECT_THAT(Parsed(",\na: 1\n"), HasSubstr("line 1: not YAML"));
  EXPECT_EQ(Parsed("a: 99999999999999999999\n"),
            "line 1: a number is out of range");
}

// Nine lines that stand for a billion values.
TEST(ParseYamlDocumentsTest, LimitsWhatAliasesStandFor) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) text += ", " + before;
    text += "]\n";
  }
  EXPECT_THAT(Parsed(text), HasSubstr("values"));
}

TEST(ParseYamlDocumentsTest, LimitsDepth) {
  EXPECT_THAT(Parsed(std::string(kNodeDepthMax + 1, '[') +
                     std::string(kNodeDepthMax + 1, ']')),
              HasSubstr("levels deep"));
}

}  // namespace
}  // namespace panvault::segmentation
