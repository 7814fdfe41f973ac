// What this shows: JSON becomes the tree it stands for; repeated keys, depth
// and everything that is not JSON are refused.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "segmentation/node.h"
#include "tests/segmentation/shown.h"

namespace panvault::segmentation {
namespace {

using ::testing::HasSubstr;

std::string Parsed(absl::string_view text) {
  const auto root = ParseJson(text);
  return root.ok() ? Shown(*root) : std::string(root.status().message());
}

TEST(ParseJsonTest, KnownAnswers) {
  EXPECT_EQ(Parsed(R"({"a": [1, -2, "x", null, true, 1.5], "b": {}})"),
            "{a: [1, -2, 'x', ~, true, float 1.5], b: {}}");
  EXPECT_EQ(Parsed(R"(["80", 80])"), "['80', 80]");
  EXPECT_EQ(Parsed(R"(["\ud83d\ude00"])"), "['\xf0\x9f\x98\x80']");
}

TEST(ParseJsonTest, RefusesRepeatedKeys) {
  EXPECT_EQ(Parsed(R"({"a": {"b": 1, "c": 2, "b": 3}})"), "repeated key \"b\"");
}

TEST(ParseJsonTest, RefusesWhatIsNoJson) {
  EXPECT_THAT(Parsed("{\"a\": 1} x"), HasSubstr("not JSON"));
  EXPECT_THAT(Parsed("{\"a\": 1"), HasSubstr("not JSON"));
  EXPECT_THAT(Parsed("{'a': 1}"), HasSubstr("not JSON"));
  EXPECT_THAT(Parsed(""), HasSubstr("not JSON"));
  EXPECT_EQ(Parsed("[9223372036854775808]"), "a number is out of range");
}

TEST(ParseJsonTest, LimitsDepth) {
  EXPECT_EQ(
      Parsed(std::string(kNodeDepthMax, '[') + std::string(kNodeDepthMax, ']'))
          .substr(0, 2),
      "[[");
  EXPECT_EQ(Parsed(std::string(kNodeDepthMax + 1, '[')), "over 64 levels deep");
}

}  // namespace
}  // namespace panvault::segmentation
