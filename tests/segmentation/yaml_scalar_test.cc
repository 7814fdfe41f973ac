// What this shows: scalars without quotes have the type that Kubernetes'
// reader, which goes by YAML 1.1, gives them.

#include "segmentation/yaml_scalar.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/segmentation/shown.h"

namespace panvault::segmentation {
namespace {

std::string Resolved(absl::string_view text) {
  const auto node = ResolveScalar(text);
  return node.ok() ? Shown(*node) : std::string(node.status().message());
}

TEST(ResolveScalarTest, KnownAnswers) {
  struct Answer {
    const char* text;
    const char* shown;
  };
  constexpr Answer kAnswers[] = {
      {"", "~"},
      {"~", "~"},
      {"null", "~"},
      {"NULL", "~"},
      {"nULL", "'nULL'"},
      {"true", "true"},
      {"yes", "true"},
      {"On", "true"},
      {"y", "true"},
      {"no", "false"},
      {"OFF", "false"},
      {"oFf", "'oFf'"},
      {"80", "80"},
      {"-1", "-1"},
      {"+7", "7"},
      {"0", "0"},
      {"010", "8"},
      {"0o10", "8"},
      {"0x1F", "31"},
      {"0b101", "5"},
      {"1_000", "1000"},
      {"08", "float 08"},
      {"1.5", "float 1.5"},
      {".5", "float .5"},
      {"1e3", "float 1e3"},
      {".inf", "float .inf"},
      {".NaN", "float .NaN"},
      {"1.2.3", "'1.2.3'"},
      {"10.0.0.0/8", "'10.0.0.0/8'"},
      {"-", "'-'"},
      {"0x", "'0x'"},
      {"http", "'http'"},
      {"1a", "'1a'"},
      {"2026-01-31", "'2026-01-31'"},
      {"_1", "'_1'"},
  };
  for (const Answer& answer : kAnswers) {
    EXPECT_EQ(Resolved(answer.text), answer.shown) << answer.text;
  }
}

TEST(ResolveScalarTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(Resolved("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Resolved("9223372036854775808"), "a number is out of range");
  EXPECT_EQ(Resolved("0xffffffffffffffffff"), "a number is out of range");
}

}  // namespace
}  // namespace panvault::segmentation
