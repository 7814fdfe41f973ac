// What this shows: a YAML file becomes the tree that its reader sees, and what
// could surprise the reader is refused with file, line and path, never a value.

#include "server/yaml_tree.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = YamlNode::Kind;

// A node in one line: {a: 'quoted', b: [plain, ~]}.
std::string Shown(const YamlNode& node) {
  std::string text;
  switch (node.kind) {
    case Kind::kNull:
      return "~";
    case Kind::kPlain:
      return node.text;
    case Kind::kQuoted:
      return absl::StrCat("'", node.text, "'");
    case Kind::kList:
    case Kind::kMap:
      for (const YamlNode& item : node.items) {
        absl::StrAppend(&text, text.empty() ? "" : ", ",
                        node.kind == Kind::kMap ? item.key + ": " : "",
                        Shown(item));
      }
      return node.kind == Kind::kMap ? absl::StrCat("{", text, "}")
                                     : absl::StrCat("[", text, "]");
  }
  return "?";
}

std::string Parsed(absl::string_view text) {
  const auto root = ParseYaml("f", text);
  return root.ok() ? Shown(*root) : std::string(root.status().message());
}

TEST(ParseYamlTest, KnownAnswers) {
  EXPECT_EQ(Parsed("a: 1\nb: 'x'\nc: \"y\"\n"), "{a: 1, b: 'x', c: 'y'}");
  EXPECT_EQ(Parsed("a:\n  - x\n  - 'y'\n  - ~\n"), "{a: [x, 'y', ~]}");
  EXPECT_EQ(Parsed("a: {b: [1, {c: d}], e: {}}"),
            "{a: {b: [1, {c: d}], e: {}}}");
  EXPECT_EQ(Parsed("a:\n  b:\n    c: d\ne: f"), "{a: {b: {c: d}}, e: f}");
  EXPECT_EQ(Parsed("- 1\n- - 2\n"), "[1, [2]]");
  EXPECT_EQ(Parsed("scalar"), "scalar");
  EXPECT_EQ(Parsed("a: |\n  two\n  lines\n"), "{a: 'two\nlines\n'}");
  EXPECT_EQ(Parsed("a: >-\n  one\n  line\n"), "{a: 'one line'}");
  EXPECT_EQ(Parsed("'a': 1\n\"b\": 2"), "{a: 1, b: 2}");
  EXPECT_EQ(Parsed("# only\na: b # and more\n"), "{a: b}");
  EXPECT_EQ(Parsed("a: b#c"), "{a: b#c}");
  EXPECT_EQ(Parsed("a: 'it''s'"), "{a: 'it's'}");
  EXPECT_EQ(Parsed("a: \"\\x41\\n\""), "{a: 'A\n'}");
  EXPECT_EQ(Parsed("a: 1\r\nb: 2\r\n"), "{a: 1, b: 2}");
  EXPECT_EQ(Parsed("\xef\xbb\xbf"
                   "a: 1\n"),
            "{a: 1}");  // A byte order mark.
}

TEST(ParseYamlTest, NothingIsNull) {
  EXPECT_EQ(Parsed("a:\nb: ~\nc: null\nd: ''\ne: []"),
            "{a: ~, b: ~, c: ~, d: '', e: []}");
}

TEST(ParseYamlTest, OneDocumentMayBeMarked) {
  EXPECT_EQ(Parsed("---\na: 1\n"), "{a: 1}");
  EXPECT_EQ(Parsed("--- {a: 1}\n...\n"), "{a: 1}");
  EXPECT_EQ(Parsed("%YAML 1.2\n---\na: 1\n"), "{a: 1}");
}

TEST(ParseYamlTest, LinesAreThoseOfTheFile) {
  ASSERT_OK_AND_ASSIGN(const YamlNode root,
                       ParseYaml("f", "# comment\na: 1\n\nb:\n  - x\n  - y\n"));
  EXPECT_EQ(root.line, 2);
  EXPECT_EQ(root.items.at(0).line, 2);
  EXPECT_EQ(root.items.at(1).line, 4);  // Of the key.
  EXPECT_EQ(root.items.at(1).items.at(1).line, 6);
}

TEST(ParseYamlTest, RefusesWhatChangesTheMeaningOfOtherLines) {
  EXPECT_EQ(Parsed("a: &x 1\n"), "f:1: a: anchors are not allowed");
  EXPECT_EQ(Parsed("a: &x [1]\n"), "f:1: a: anchors are not allowed");
  EXPECT_EQ(Parsed("a: &x {b: 1}\n"), "f:1: a: anchors are not allowed");
  EXPECT_EQ(Parsed("a: &x\n"), "f:1: a: anchors are not allowed");
  EXPECT_EQ(Parsed("&x a: 1\n"), "f:1: anchors are not allowed");
  EXPECT_EQ(Parsed("&x\na: 1\n"), "f:1: anchors are not allowed");
  EXPECT_EQ(Parsed("a: 1\nb: *x\n"), "f:2: aliases are not allowed");
  EXPECT_EQ(Parsed("a: &x 1\nb: *x\n"), "f:1: a: anchors are not allowed");
  EXPECT_EQ(Parsed("<<: {a: 1}\n"), "f:1: merge keys are not allowed");
  EXPECT_EQ(Parsed("a:\n  '<<': 1\n"), "f:2: a: merge keys are not allowed");
}

TEST(ParseYamlTest, RefusesTags) {
  EXPECT_EQ(Parsed("a: !!str 1\n"), "f:1: a: tags are not allowed");
  EXPECT_EQ(Parsed("a: !mine b\n"), "f:1: a: tags are not allowed");
  EXPECT_EQ(Parsed("a: !<tag:x,2000:y> b\n"), "f:1: a: tags are not allowed");
  EXPECT_EQ(Parsed("a: !!binary 'eA=='\n"), "f:1: a: tags are not allowed");
  EXPECT_EQ(Parsed("a: !!set {b}\n"), "f:1: a: tags are not allowed");
  EXPECT_EQ(Parsed("a: !x [b]\n"), "f:1: a: tags are not allowed");
  EXPECT_EQ(Parsed("!!str a: b\n"), "f:1: tags are not allowed");
  EXPECT_EQ(Parsed("%TAG !e! tag:x:\n---\na: !e!y b\n"),
            "f:3: a: tags are not allowed");
  EXPECT_EQ(Parsed("a: ! [b]\n"), "f:1: a: tags are not allowed");
}

TEST(ParseYamlTest, TheTagOfStringsMakesAString) {
  EXPECT_EQ(Parsed("a: ! 12\nb: ! null\n"), "{a: '12', b: 'null'}");
}

TEST(ParseYamlTest, RefusesRepeatedKeys) {
  EXPECT_EQ(Parsed("a: 1\nb: 2\na: 1\n"), "f:3: a: repeated key");
  EXPECT_EQ(Parsed("a: 1\n'a': 2\n"), "f:2: a: repeated key");
  EXPECT_EQ(Parsed("x:\n- {a: 1}\n- {a: 1, \"a\": 2}\n"),
            "f:3: x[1].a: repeated key");
  EXPECT_EQ(Parsed("x: {a: 1}\ny: {a: 1}\n"), "{x: {a: 1}, y: {a: 1}}");
}

TEST(ParseYamlTest, RefusesKeysThatAreNotText) {
  EXPECT_EQ(Parsed("? [a]\n: b\n"), "f:1: a key is plain text");
  EXPECT_EQ(Parsed("x: {{a: 1}: b}\n"), "f:1: x: a key is plain text");
  EXPECT_EQ(Parsed("~: b\n"), "f:1: empty key");
  EXPECT_EQ(Parsed(": b\n"), "f:1: empty key");
}

TEST(ParseYamlTest, RefusesMoreThanOneDocument) {
  for (const char* text :
       {"a: 1\n---\nb: 2\n", "a: 1\n---\n", "a: 1\n...\nb: 2\n",
        "---\na: 1\n---\na: 1\n", "a: 1\n--- x\n"}) {
    EXPECT_THAT(Parsed(text), HasSubstr("more than one document")) << text;
  }
}

TEST(ParseYamlTest, RefusesEmptyFiles) {
  for (const char* text : {"", "\n", "# nothing\n", "\n\n  \n"}) {
    EXPECT_EQ(Parsed(text), "f:1: the file is empty") << text;
  }
}

TEST(ParseYamlTest, RefusesWhatIsNoYaml) {
  for (const char* text :
       {"a: [1", "a: {b", "a: 'x", "a: \"\\q\"", "a: b: c", "a:\n\t- b",
        "a: 1\n b: 2", "- a\nb: c", "@a: b", "a: `b`", "a: %b", "]", "a: }",
        "%YAML 3.0\n---\na: 1\n"}) {
    const auto root = ParseYaml("f", text);
    EXPECT_THAT(root, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(root.status().message()), StartsWith("f:")) << text;
  }
}

// The rest of the file would become one value.
TEST(ParseYamlTest, RefusesQuotesThatStayOpen) {
  for (const char* quote : {"'", "\""}) {
    for (const char* rest : {"x", "x\n", "x\nb: 1\n", "x\n\n", "x\n  ",
                             "x\n \n", "x\r\n", "", "\n", "x\n#", "x #\n"}) {
      const std::string text = absl::StrCat("a: ", quote, rest);
      EXPECT_THAT(ParseYaml("f", text), Not(IsOk())) << text;
    }
  }
}

TEST(ParseYamlTest, BlocksEndWhereTheyEnd) {
  EXPECT_EQ(Parsed("a: |\n  x\n\n"), "{a: 'x\n'}");
  EXPECT_EQ(Parsed("a: |-\n  x\n"), "{a: 'x'}");
  EXPECT_EQ(Parsed("a: |+\n  x\n\n"), "{a: 'x\n\n'}");
  EXPECT_EQ(Parsed("a: |\n  x # y\nb: c\n"), "{a: 'x # y\n', b: c}");
}

std::string Nested(size_t levels, const char* open, const char* close) {
  std::string text;
  for (size_t i = 0; i < levels; ++i) absl::StrAppend(&text, open);
  for (size_t i = 0; i < levels; ++i) absl::StrAppend(&text, close);
  return text;
}

TEST(ParseYamlTest, DepthIsLimited) {
  EXPECT_THAT(ParseYaml("f", Nested(kYamlDepthMax, "[", "]")), IsOk());
  EXPECT_THAT(Parsed(Nested(kYamlDepthMax + 1, "[", "]")),
              HasSubstr("over 16 levels deep"));
  EXPECT_THAT(Parsed(Nested(kYamlDepthMax + 1, "{a: ", "}")),
              HasSubstr("over 16 levels deep"));
  // yaml-cpp's own limit, and what lies past it.
  for (const size_t levels : {400u, 600u, 5000u}) {
    EXPECT_THAT(Parsed(Nested(levels, "[", "]")), HasSubstr("16 levels deep"));
    EXPECT_THAT(ParseYaml("f", Nested(levels, "- ", "")), Not(IsOk()));
  }
}

TEST(ParseYamlTest, NumberOfKeysIsLimited) {
  std::string text;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&text, "k", i, ": 1\n");
  EXPECT_THAT(ParseYaml("f", text), IsOk());
  EXPECT_EQ(Parsed(text + "one: 1\n"), "f:101: over 100 keys");
}

// The text of a value, or of what was taken for one, stays out of messages.
TEST(ParseYamlTest, MessagesNeverHoldAValue) {
  for (const char* text :
       {"a: &x needle\n", "a: !t needle\n", "a: *needle\n", "a: &needle x\n",
        "a: !needle x\n", "a: needle: needle\n", "a: 'needle\n",
        "a: \"needle\\q\"\n", "a: needle\n---\nneedle\n", "? [needle]\n: x\n",
        "%needle\n---\n*needle\n", "a: [needle\n"}) {
    const auto root = ParseYaml("f", text);
    ASSERT_THAT(root, Not(IsOk())) << text;
    EXPECT_THAT(std::string(root.status().message()), Not(HasSubstr("needle")))
        << text;
  }
}

TEST(ParseYamlTest, FirstErrorIsTheOneReported) {
  EXPECT_EQ(Parsed("a: &x 1\na: 2\nb: [\n"), "f:1: a: anchors are not allowed");
}

TEST(YamlErrorTest, PathIsShortAndPrintable) {
  const std::string path =
      absl::StrCat("a\n\x1b[2J", std::string(1, '\0'), std::string(200, 'x'));
  const absl::Status error = YamlError("f", 7, path, "what");
  EXPECT_THAT(error, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(error.message()),
              StartsWith("f:7: a\\n\\x1b[2J\\x00x"));
  EXPECT_THAT(std::string(error.message()), ::testing::EndsWith("x: what"));
  EXPECT_LT(error.message().size(), 150u);
}

TEST(YamlPathTest, JoinsWithADot) {
  EXPECT_EQ(YamlPath("", "tls"), "tls");
  EXPECT_EQ(YamlPath("tls", "key_file"), "tls.key_file");
  EXPECT_EQ(YamlPath("callers[2]", "name"), "callers[2].name");
}

}  // namespace
}  // namespace panvault::server
