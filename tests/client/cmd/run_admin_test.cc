// What this shows: the commands that do not read stdin print their answer as
// text and as JSON, and their errors in the same form on stderr.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/cmd/exit_code.h"
#include "client/cmd/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/command.h"
#include "tests/client/fake_vault.h"

namespace panvault::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using Json = nlohmann::json;

constexpr char kToken[] = "5888888888888888";
constexpr char kPan[] = "4111111111111111";

std::vector<std::string> AsJson(std::vector<std::string> args) {
  args.insert(args.end(), {"--output", "json"});
  return args;
}

TEST(RunAdmin, ValidatesTokens) {
  const client::FakeSetup setup;
  const std::vector<std::string> good = {"validate", "--profile", "cards",
                                         kToken};
  EXPECT_EQ(RunCommand(setup, good).out, "plausible, key version 1\n");
  EXPECT_EQ(RunCommand(setup, good).code, ExitCode::kOk);
  std::vector<std::string> both = good;
  both.push_back(kPan);  // The fake calls nothing that passes Luhn a token.
  const Outcome text = RunCommand(setup, both);
  EXPECT_EQ(text.out, "plausible, key version 1\nnot plausible\n");
  EXPECT_EQ(text.code, ExitCode::kItemsRefused);
  const Outcome json = RunCommand(setup, AsJson(both));
  EXPECT_EQ(json.code, ExitCode::kItemsRefused);
  EXPECT_EQ(Json::parse(json.out),
            Json({{{"item", 1}, {"plausible", true}, {"key_version", 1}},
                  {{"item", 2}, {"plausible", false}, {"key_version", 0}}}));
}

TEST(RunAdmin, CreatesAProfile) {
  const client::FakeSetup setup;
  const std::vector<std::string> create = {
      "profile", "create", "cards", "--keep", "bin6-last4", "--allow-floor"};
  const Outcome text = RunCommand(setup, create);
  EXPECT_EQ(text.code, ExitCode::kOk);
  EXPECT_EQ(text.err, "");
  EXPECT_THAT(text.out, HasSubstr("name:         cards\n"));
  EXPECT_THAT(text.out, HasSubstr("keep:         bin6-last4\n"));
  EXPECT_THAT(text.out, HasSubstr("allow floor:  yes\n"));
  const Json json = Json::parse(RunCommand(setup, AsJson(create)).out);
  EXPECT_EQ(json["name"], "cards");
  EXPECT_EQ(json["keep"], "bin6-last4");
  EXPECT_EQ(json["allow_floor"], true);
}

TEST(RunAdmin, ShowsProfiles) {
  const client::FakeSetup setup;
  EXPECT_THAT(RunCommand(setup, {"profile", "list"}).out,
              MatchesRegex("NAME .*\na .*\nb .*\n"));
  const Json list =
      Json::parse(RunCommand(setup, AsJson({"profile", "list"})).out);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1]["name"], "b");
  EXPECT_THAT(RunCommand(setup, {"profile", "show", "cards"}).out,
              HasSubstr("name:         cards\n"));
  EXPECT_EQ(
      Json::parse(
          RunCommand(setup, AsJson({"profile", "show", "cards"})).out)["name"],
      "cards");
}

TEST(RunAdmin, ShowsKeyVersions) {
  const client::FakeSetup setup;
  const std::vector<std::string> list = {"key", "list", "--profile", "cards"};
  EXPECT_THAT(RunCommand(setup, list).out, HasSubstr("file:abc"));
  const Json json = Json::parse(RunCommand(setup, AsJson(list)).out);
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["kek_id"], "file:abc");
  EXPECT_EQ(json[0]["primary"], true);
}

TEST(RunAdmin, ShowsConnections) {
  const client::FakeSetup setup;
  const std::vector<std::string> list = {"connections", "list"};
  EXPECT_THAT(RunCommand(setup, list).out,
              MatchesRegex("ID .*\n1 .*4f2a .*till\n2 .*\n3 .* -  .*-\n"
                           "4 .*\n5 .*\n"));
  const Json json = Json::parse(RunCommand(setup, AsJson(list)).out);
  ASSERT_EQ(json.size(), 5u);
  EXPECT_EQ(json[0]["serial"], "4f2a");
  EXPECT_EQ(json[2]["spiffe_id"], "");
}

TEST(RunAdmin, ShowsItsVersionWithoutAServer) {
  const client::FakeSetup setup;
  const Outcome flag = RunCommand(setup, {"--version"});
  EXPECT_EQ(flag.code, ExitCode::kOk);
  EXPECT_THAT(flag.out, MatchesRegex("panvault [0-9.]+\n"));
  EXPECT_EQ(flag.err, "");
  EXPECT_EQ(RunCommand(setup, {"version"}).out, flag.out);
  const Json json = Json::parse(RunCommand(setup, AsJson({"version"})).out);
  EXPECT_EQ("panvault " + json["version"].get<std::string>() + "\n", flag.out);
}

TEST(RunAdmin, PrintsHelpOnStdoutAndMistakesOnStderr) {
  const client::FakeSetup setup;
  const Outcome help = RunCommand(setup, {"key", "list", "--help"});
  EXPECT_EQ(help.code, ExitCode::kOk);
  EXPECT_THAT(help.out, HasSubstr("Usage: panvault key list"));
  EXPECT_EQ(help.err, "");
  const Outcome mistake = RunCommand(setup, {"key", "lost", kPan});
  EXPECT_EQ(mistake.code, ExitCode::kUsage);
  EXPECT_EQ(mistake.out, "");
  EXPECT_THAT(mistake.err, HasSubstr("See panvault --help.\n"));
}

TEST(RunAdmin, PrintsErrorsInTheFormOfTheOutput) {
  const client::FakeSetup setup({.script = [](const std::string&, int) {
    return client::RpcError(grpc::StatusCode::NOT_FOUND,
                            v1::ERROR_REASON_PROFILE_UNKNOWN,
                            "no profile has this name");
  }});
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           {"tokenize", "--profile", "cards", "1"},
           {"detokenize", "--profile", "cards", "--reveal", "full", kToken},
           {"validate", "--profile", "cards", kToken},
           {"profile", "create", "cards", "--keep", "none"},
           {"profile", "list"},
           {"profile", "show", "cards"},
           {"key", "list", "--profile", "cards"}}) {
    const Outcome text = RunCommand(setup, args);
    EXPECT_EQ(text.code, ExitCode::kNotFound) << args[0];
    EXPECT_EQ(text.out, "") << args[0];
    EXPECT_THAT(
        text.err,
        HasSubstr("panvault: PROFILE_UNKNOWN: no profile has this name\n"));
    const Outcome json = RunCommand(setup, AsJson(args));
    EXPECT_EQ(json.code, ExitCode::kNotFound) << args[0];
    EXPECT_EQ(json.out, "") << args[0];
    const size_t error = json.err.find("{\"error\"");
    ASSERT_NE(error, std::string::npos) << json.err;
    EXPECT_EQ(Json::parse(json.err.substr(error))["error"],
              Json({{"code", "NOT_FOUND"},
                    {"reason", "PROFILE_UNKNOWN"},
                    {"field", "the_field"},
                    {"limit", "the limit"},
                    {"message", "no profile has this name"}}));
  }
}

}  // namespace
}  // namespace panvault::cli
