// What this shows: label selectors are read with the API server's rules.

#include "segmentation/read_selector.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/peer_box.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

struct Result {
  Selector selector;
  std::vector<Problem> problems;
};

Result Read(absl::string_view text) {
  Result result;
  const ReadContext context{{}, "", &result.problems};
  const auto documents = ParseYamlDocuments(text);
  EXPECT_THAT(documents, testing::IsOk());
  result.selector = ReadSelector(Fields(documents->at(0).root, "s", context));
  return result;
}

std::string Wrong(absl::string_view text) {
  const Result result = Read(text);
  EXPECT_EQ(result.problems.size(), 1U) << text;
  if (result.problems.empty()) return "";
  return absl::StrCat(result.problems[0].path, ": ", result.problems[0].what);
}

TEST(ReadSelectorTest, LabelsAndExpressionsAllHold) {
  const Result result = Read(
      "matchLabels: {a: \"1\"}\nmatchExpressions:\n"
      "- {key: b, operator: NotIn, values: [x]}\n"
      "- {key: c, operator: Exists}\n- {key: d, operator: DoesNotExist}");
  EXPECT_TRUE(result.problems.empty());
  EXPECT_TRUE(Matches(result.selector, {{"a", "1"}, {"c", ""}}));
  EXPECT_FALSE(Matches(result.selector, {{"a", "1"}}));
  EXPECT_FALSE(Matches(result.selector, {{"a", "1"}, {"c", ""}, {"b", "x"}}));
  EXPECT_FALSE(Matches(result.selector, {{"a", "1"}, {"c", ""}, {"d", ""}}));
  EXPECT_FALSE(Matches(result.selector, {{"a", "2"}, {"c", ""}}));
}

TEST(ReadSelectorTest, EmptyMatchesEverything) {
  EXPECT_TRUE(Matches(Read("{}").selector, {}));
  EXPECT_TRUE(Matches(Read("matchLabels: {}").selector, {{"a", "b"}}));
}

TEST(ReadSelectorTest, Refuses) {
  const auto expression = [](const std::string& text) {
    return Wrong("matchExpressions: [" + text + "]");
  };
  EXPECT_EQ(expression("{key: a, operator: In}"),
            "s.matchExpressions[0].values: is needed by In and NotIn");
  EXPECT_EQ(expression("{key: a, operator: NotIn, values: []}"),
            "s.matchExpressions[0].values: is needed by In and NotIn");
  EXPECT_EQ(expression("{key: a, operator: Exists, values: [b]}"),
            "s.matchExpressions[0].values: is not allowed with this operator");
  EXPECT_EQ(expression("{key: a, operator: in, values: [b]}"),
            "s.matchExpressions[0].operator: is not In, NotIn, Exists or "
            "DoesNotExist");
  EXPECT_EQ(expression("{operator: Exists}"),
            "s.matchExpressions[0].key: is needed");
  EXPECT_EQ(expression("{key: a, operator: In, values: [b, yes]}"),
            "s.matchExpressions[0].values[1]: is a boolean, not a string");
  EXPECT_EQ(Wrong("matchLabels: {a: yes}"),
            "s.matchLabels.a: is a boolean, not a string");
  EXPECT_EQ(Wrong("matchLabels: {a: 1}"),
            "s.matchLabels.a: is an integer, not a string");
  EXPECT_EQ(Wrong("matchLabels: {a: \"b c\"}"),
            "s.matchLabels.a: has no label value");
  EXPECT_EQ(Wrong("matchLabels: {\"a b\": c}"),
            "s.matchLabels.a b: is no label key");
  EXPECT_EQ(Wrong("matchlabels: {}"), "s.matchlabels: unknown field");
}

TEST(ReadSelectorTest, LabelSyntax) {
  for (const char* const good : {"", "a", "A.b_c-9", "9"}) {
    EXPECT_TRUE(IsLabelValue(good)) << good;
  }
  for (const char* const bad : {"-a", "a-", ".", "a/b", "a b", "\xc3\xa9"}) {
    EXPECT_FALSE(IsLabelValue(bad)) << bad;
  }
  EXPECT_TRUE(IsLabelValue(std::string(63, 'a')));
  EXPECT_FALSE(IsLabelValue(std::string(64, 'a')));
  for (const char* const good :
       {"a", "app.kubernetes.io/name", "a/B_c", "x.y/9"}) {
    EXPECT_TRUE(IsLabelKey(good)) << good;
  }
  for (const char* const bad : {"", "/a", "a/", "a/b/c", "A.b/c", "a..b/c"}) {
    EXPECT_FALSE(IsLabelKey(bad)) << bad;
  }
  EXPECT_TRUE(IsDnsLabel("kube-system"));
  for (const char* const bad : {"", "-a", "a-", "A", "a.b", "a_b"}) {
    EXPECT_FALSE(IsDnsLabel(bad)) << bad;
  }
}

}  // namespace
}  // namespace panvault::segmentation
