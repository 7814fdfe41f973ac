// What this shows: a YAML file fills a message as its .proto says, and whatever
// the .proto does not say is an error with file, line and path, never a value.

#include "server/yaml_proto.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "panvault/v1/access.pb.h"
#include "panvault/v1/config.pb.h"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/key_admin.pb.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What is wrong with a panvault.yaml; "" if nothing is.
std::string Config(absl::string_view text) {
  v1::ServerConfig message;
  const absl::Status status = ReadYaml("f", text, message);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

// The same for an access.yaml.
std::string Access(absl::string_view text) {
  v1::AccessPolicy message;
  return std::string(ReadYaml("f", text, message).message());
}

TEST(ReadYamlTest, KnownAnswer) {
  v1::ServerConfig message;
  ASSERT_THAT(ReadYaml("f",
                       "listen: 127.0.0.1:8443\n"
                       "tls: {svid_file: a.pem}\n"
                       "postgres:\n"
                       "  conninfo: 'host=/s'\n"
                       "  pool_size: 7\n"
                       "limits: {drain_s: 0}\n",
                       message),
              IsOk());
  EXPECT_EQ(message.listen(), "127.0.0.1:8443");
  EXPECT_EQ(message.tls().svid_file(), "a.pem");
  EXPECT_EQ(message.postgres().conninfo(), "host=/s");
  EXPECT_EQ(message.postgres().pool_size(), 7u);
  EXPECT_EQ(message.limits().drain_s(), 0u);
  EXPECT_FALSE(message.has_kek());
}

TEST(ReadYamlTest, ListsAndEnums) {
  v1::AccessPolicy message;
  ASSERT_THAT(ReadYaml("f",
                       "callers:\n"
                       "- name: a\n"
                       "  pci: ['1.2.5', \"7.2.5\"]\n"
                       "  grants:\n"
                       "  - {methods: [Tokenize], reveal: LAST4}\n"
                       "  - {methods: [], reveal: 'BIN_LAST4'}\n"
                       "- name: b\n",
                       message),
              IsOk());
  ASSERT_EQ(message.callers_size(), 2);
  const v1::Caller& a = message.callers(0);
  EXPECT_THAT(a.pci(), ElementsAre("1.2.5", "7.2.5"));
  ASSERT_EQ(a.grants_size(), 2);
  EXPECT_THAT(a.grants(0).methods(), ElementsAre("Tokenize"));
  EXPECT_EQ(a.grants(0).reveal(), v1::REVEAL_LEVEL_LAST4);
  EXPECT_EQ(a.grants(1).methods_size(), 0);
  EXPECT_EQ(a.grants(1).reveal(), v1::REVEAL_LEVEL_BIN_LAST4);
  EXPECT_EQ(message.callers(1).name(), "b");
}

TEST(ReadYamlTest, BoolsAndListsOfNumbers) {
  v1::TokenProfile message;
  ASSERT_THAT(
      ReadYaml("f", "allow_floor: true\npan_lengths: [12, 19]\n", message),
      IsOk());
  EXPECT_TRUE(message.allow_floor());
  EXPECT_THAT(message.pan_lengths(), ElementsAre(12u, 19u));
  for (const char* value :
       {"True", "TRUE", "yes", "on", "1", "'true'", "[true]", "{}", "tru"}) {
    const std::string text = absl::StrCat("allow_floor: ", value);
    EXPECT_EQ(ReadYaml("f", text, message).message(),
              "f:1: allow_floor: want true or false")
        << value;
  }
  ASSERT_THAT(ReadYaml("f", "allow_floor: false\n", message), IsOk());
  EXPECT_FALSE(message.allow_floor());
}

TEST(ReadYamlTest, RefusesUnknownKeys) {
  EXPECT_EQ(Config("tls:\n  key_fil: x\n"), "f:2: tls.key_fil: unknown key");
  EXPECT_EQ(Config("Listen: x\n"), "f:1: Listen: unknown key");
  EXPECT_EQ(Config("listen : x\nhealthListen: y\n"),
            "f:2: healthListen: unknown key");         // Not JSON's names.
  EXPECT_EQ(Config("1: x\n"), "f:1: 1: unknown key");  // Not field numbers.
  EXPECT_EQ(Config("' listen': x\n"), "f:1:  listen: unknown key");
  EXPECT_EQ(Access("callers:\n- name: a\n- nam: b\n"),
            "f:3: callers[1].nam: unknown key");
}

TEST(ReadYamlTest, RefusesRepeatedKeys) {
  EXPECT_EQ(Config("listen: a\nlisten: b\n"), "f:2: listen: repeated key");
  EXPECT_EQ(Access("callers: []\ncallers: []\n"), "f:2: callers: repeated key");
}

TEST(ReadYamlTest, RefusesKeysWithoutValue) {
  EXPECT_EQ(Config("listen:\n"), "f:1: listen: no value");
  EXPECT_EQ(Config("listen: ~\n"), "f:1: listen: no value");
  EXPECT_EQ(Config("listen: null\n"), "f:1: listen: no value");
  EXPECT_EQ(Config("tls:\nlisten: a\n"), "f:1: tls: no value");
  EXPECT_EQ(Access("callers:\n"), "f:1: callers: no value");
  EXPECT_EQ(Access("callers:\n- pci: ['1', ~]\n"),
            "f:2: callers[0].pci[1]: no value");
}

TEST(ReadYamlTest, RefusesOtherTypes) {
  EXPECT_EQ(Config("just text\n"), "f:1: want keys");
  EXPECT_EQ(Config("- listen\n"), "f:1: want keys");
  EXPECT_EQ(Config("listen: [a]\n"), "f:1: listen: want a string");
  EXPECT_EQ(Config("listen: {a: b}\n"), "f:1: listen: want a string");
  EXPECT_EQ(Config("tls: x\n"), "f:1: tls: want keys");
  EXPECT_EQ(Config("tls: [x]\n"), "f:1: tls: want keys");
  EXPECT_EQ(Access("callers: x\n"), "f:1: callers: want a list");
  EXPECT_EQ(Access("callers: {name: x}\n"), "f:1: callers: want a list");
  EXPECT_EQ(Access("callers: [x]\n"), "f:1: callers[0]: want keys");
  EXPECT_EQ(Access("callers:\n- pci: '1.2'\n"),
            "f:2: callers[0].pci: want a list");
}

TEST(ReadYamlTest, RefusesStringsThatLookLikeSomethingElse) {
  for (const char* value :
       {"1",     "1.10", "-1",   "+1",    "1e5",  ".5",      "5.",   "0x1F",
        "0o17",  "0",    "true", "false", "True", "FALSE",   ".inf", "-.inf",
        "+.INF", ".Inf", ".nan", ".NaN",  "1E+5", "20261231"}) {
    const std::string plain = absl::StrCat("access_file: ", value, "\n");
    EXPECT_EQ(Config(plain),
              "f:1: access_file: want a string: put it in quotes")
        << value;
    const std::string quoted = absl::StrCat("access_file: '", value, "'\n");
    EXPECT_EQ(Config(quoted), "") << value;
  }
  for (const char* value : {"1.2.5", "127.0.0.1", "1a", "a1", "x", "-x", "..",
                            "2026-12-31", "truer", "12:30:45", ".info"}) {
    EXPECT_EQ(Config(absl::StrCat("access_file: ", value)), "") << value;
  }
}

TEST(ReadYamlTest, StringsMayBeBlocksAndEmpty) {
  v1::ServerConfig message;
  ASSERT_THAT(ReadYaml("f", "listen: ''\naccess_file: |\n  1\n", message),
              IsOk());
  EXPECT_EQ(message.listen(), "");
  EXPECT_EQ(message.access_file(), "1\n");
}

TEST(ReadYamlTest, RefusesNulInStrings) {
  EXPECT_EQ(Config("access_file: \"a\\0b\"\n"),
            "f:1: access_file: want a string without NUL");
}

TEST(ReadYamlTest, NumbersArePlainDecimals) {
  EXPECT_EQ(Config("postgres: {pool_size: 0}"), "");
  EXPECT_EQ(Config("postgres: {pool_size: 4294967295}"), "");
  for (const char* value :
       {"-1", "+1", "1.0", "1e3", "01", "0x1", "0o1", "1_000", "'1'", "\"1\"",
        "true", "x", "[1]", "{}", "1 2", ".inf", "|\n    1"}) {
    EXPECT_EQ(
        Config(absl::StrCat("postgres:\n  pool_size: ", value, "\n")),
        "f:2: postgres.pool_size: want a whole number, decimal, not negative")
        << value;
  }
  for (const char* value :
       {"4294967296", "18446744073709551617", "99999999999999999999999999"}) {
    EXPECT_EQ(Config(absl::StrCat("postgres: {pool_size: ", value, "}")),
              "f:1: postgres.pool_size: over 4294967295")
        << value;
  }
}

TEST(ReadYamlTest, EnumValuesAreExactAndWithoutPrefix) {
  for (const char* value :
       {"full", "Full", "REVEAL_LEVEL_FULL", "UNSPECIFIED", "3", "0", "''",
        "NONE", "[FULL]", "{}", "true", "'FULL '"}) {
    EXPECT_EQ(Access(absl::StrCat("callers:\n- grants:\n  - reveal: ", value)),
              "f:3: callers[0].grants[0].reveal: want one of LAST4, "
              "BIN_LAST4, FULL")
        << value;
  }
}

TEST(ReadYamlTest, FieldTypesThatNoFileHasAreADefect) {
  v1::RpcStatus message;  // Its code is an int32.
  EXPECT_THAT(ReadYaml("f", "code: 1\n", message),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(ReadYamlTest, MessagesNeverHoldAValue) {
  for (const char* text :
       {"listen: [needle]\n", "tls: needle\n", "listen: \"needle\\0\"\n",
        "postgres: {pool_size: needle}\n", "postgres: [needle]\n", "needle\n",
        "postgres: {conninfo: {needle}}\n"}) {
    EXPECT_NE(Config(text), "") << text;
    EXPECT_THAT(Config(text), Not(HasSubstr("needle"))) << text;
  }
  EXPECT_THAT(Access("callers: [{grants: [{reveal: needle}]}]"),
              Not(HasSubstr("needle")));
}

}  // namespace
}  // namespace panvault::server
