// What this shows: a map is read by type, nulls count as absent, and every
// field that nobody asked for is named.

#include "segmentation/fields.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/shown_problems.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FieldsTest : public ::testing::Test {
 protected:
  Fields Open(absl::string_view json) {
    root_ = *ParseJson(json);
    return Fields(root_, "p", context_);
  }
  std::vector<std::string> Problems() const { return Shown(problems_); }

  TreeNode root_;
  std::vector<Problem> problems_;
  ReadContext context_{{"f", 3, 0}, "Kind ns/name", &problems_};
};

TEST_F(FieldsTest, ReadsByType) {
  Fields fields = Open(
      R"({"s": "x", "i": 5, "b": true, "m": {"k": "v", "n": null},
          "l": ["x"], "o": {}, "none": null})");
  EXPECT_EQ(fields.String("s"), "x");
  EXPECT_EQ(fields.Int("i"), 5);
  EXPECT_EQ(fields.Bool("b"), true);
  EXPECT_EQ(fields.StringMap("m"), (Labels{{"k", "v"}, {"n", ""}}));
  EXPECT_THAT(fields.StringList("l"), ElementsAre("x"));
  EXPECT_TRUE(fields.Map("o"));
  EXPECT_FALSE(fields.String("none"));
  EXPECT_FALSE(fields.String("absent"));
  EXPECT_THAT(fields.List("absent"), IsEmpty());
  fields.Finish();
  EXPECT_THAT(Problems(), IsEmpty());
}

TEST_F(FieldsTest, ReportsOtherTypes) {
  Fields fields = Open(R"({"s": 1, "i": "1", "b": "true", "m": {"k": 1},
                           "l": ["x", 2], "o": []})");
  EXPECT_FALSE(fields.String("s"));
  EXPECT_FALSE(fields.Int("i"));
  EXPECT_FALSE(fields.Bool("b"));
  fields.StringMap("m");
  EXPECT_THAT(fields.StringList("l"), ElementsAre("x"));
  EXPECT_FALSE(fields.Map("o"));
  const std::string at = "Kind ns/name: p.";
  EXPECT_THAT(Problems(), ElementsAre(at + "s: is an integer, not a string",
                                      at + "i: is a string, not an integer",
                                      at + "b: is a string, not a boolean",
                                      at + "m.k: is an integer, not a string",
                                      at + "l[1]: is an integer, not a string",
                                      at + "o: is a list, not a map"));
  EXPECT_EQ(problems_[0].source.document, 3U);
}

TEST_F(FieldsTest, ReportsUnknownAndMissingFields) {
  Fields fields = Open(R"({"known": 1, "passed": 2, "odd\n": 3, "e": ""})");
  fields.Int("known");
  fields.Ignore({"passed"});
  EXPECT_EQ(fields.RequiredString("absent"), "");
  EXPECT_EQ(fields.RequiredString("e"), "");
  fields.Finish();
  EXPECT_THAT(Problems(), ElementsAre("Kind ns/name: p.absent: is needed",
                                      "Kind ns/name: p.e: is needed",
                                      "Kind ns/name: p.odd\\n: unknown field"));
}

TEST_F(FieldsTest, SomethingElseThanAMapIsReportedOnce) {
  Fields fields = Open("[1]");
  EXPECT_FALSE(fields.String("a"));
  fields.Finish();
  EXPECT_THAT(Problems(), ElementsAre("Kind ns/name: p: is a list, not a map"));
}

TEST(FieldPathTest, Joins) {
  EXPECT_EQ(FieldPath("", "a"), "a");
  EXPECT_EQ(FieldPath("a", "b"), "a.b");
  EXPECT_EQ(FieldPath("a", ""), "a");
  EXPECT_EQ(ItemPath("a", 2), "a[2]");
}

}  // namespace
}  // namespace panvault::segmentation
