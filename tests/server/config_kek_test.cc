// What this shows: panvault.yaml names one key-encryption key, a file or a
// token, and a token wholly.

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config.h"
#include "tests/server/config_fields.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::testing::HasSubstr;

// A token in place of the file, with these fields changed.
Fields TokenWith(std::map<std::string, std::string> changes) {
  std::map<std::string, std::string> token = {{"module", "/lib/hsm.so"},
                                              {"token_label", "vault"},
                                              {"key_label", "kek"},
                                              {"pin_file", "pin"}};
  for (const auto& [name, value] : changes) token[name] = value;
  std::string text;
  for (const auto& [name, value] : token) {
    absl::StrAppend(&text, text.empty() ? "{" : ", ", name, ": '", value, "'");
  }
  return {{"kek.file", ""}, {"kek.pkcs11", text + "}"}};
}

TEST(ParseConfigTest, TokenIsInPlaceOfTheKekFile) {
  ASSERT_OK_AND_ASSIGN(const Config file, Parse({}));
  EXPECT_FALSE(file.kek_token.has_value());
  ASSERT_OK_AND_ASSIGN(const Config config, Parse(TokenWith({})));
  EXPECT_EQ(config.kek_file, "") << "not the folder";
  ASSERT_TRUE(config.kek_token.has_value());
  EXPECT_EQ(config.kek_token->module, "/lib/hsm.so");
  EXPECT_EQ(config.kek_token->token_label, "vault");
  EXPECT_EQ(config.kek_token->key_label, "kek");
  EXPECT_EQ(config.kek_token->pin_file, "/etc/panvault/pin");
}

TEST(ParseConfigTest, ThereIsOneKek) {
  Fields both = TokenWith({});
  both["kek.file"] = "kek";
  EXPECT_EQ(Why(both), "f: kek: want either kek.file or kek.pkcs11");
  EXPECT_EQ(Why({{"kek.file", ""}}),
            "f: kek.file: missing; want it, or kek.pkcs11");
}

TEST(ParseConfigTest, EveryFieldOfATokenIsNeeded) {
  for (const char* name : {"module", "token_label", "key_label", "pin_file"}) {
    EXPECT_EQ(Why(TokenWith({{name, ""}})),
              absl::StrCat("f: kek.pkcs11.", name, ": missing"));
  }
  EXPECT_EQ(Why({{"kek.file", ""}, {"kek.pkcs11", "{}"}}),
            "f: kek.pkcs11.module: missing");
  EXPECT_THAT(Why(TokenWith({{"pin", "1234"}})),
              HasSubstr("pkcs11.pin: unknown key"));
}

TEST(ParseConfigTest, FieldsOfATokenHaveLimits) {
  for (const auto& [name, max] :
       std::map<std::string, size_t>{{"token_label", 32}, {"key_label", 255}}) {
    EXPECT_EQ(Why(TokenWith({{name, std::string(max, 'x')}})), "");
    EXPECT_EQ(Why(TokenWith({{name, std::string(max + 1, 'x')}})),
              absl::StrCat("f: kek.pkcs11.", name, ": over ", max, " bytes"));
  }
  for (const char* bad : {"hsm.so", "./hsm.so", "../lib/hsm.so"}) {
    EXPECT_EQ(Why(TokenWith({{"module", bad}})),
              "f: kek.pkcs11.module: want an absolute path");
  }
}

}  // namespace
}  // namespace panvault::server
