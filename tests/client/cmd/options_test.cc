// What this shows: the command line and the environment become the right
// options, mistakes are named, and what was typed is never quoted.

#include "client/cmd/options.h"

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cmd/exit_code.h"
#include "client/model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::map<std::string, std::string> kEnvironment = {
    {"PANVAULT_ADDRESS", "env:1"},
    {"PANVAULT_SERVER_ID", "spiffe://env/server"},
    {"PANVAULT_IDENTITY", "/env"}};

std::variant<Options, Answer> Parse(
    std::vector<std::string> args,
    const std::map<std::string, std::string>& environment = kEnvironment) {
  return ParseCommandLine(std::move(args), [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  });
}

Options ParseOk(std::vector<std::string> args) {
  auto parsed = Parse(std::move(args));
  if (const Answer* answer = std::get_if<Answer>(&parsed)) {
    ADD_FAILURE() << answer->text;
    return {};
  }
  return std::get<Options>(parsed);
}

Answer ParseEnds(
    std::vector<std::string> args,
    const std::map<std::string, std::string>& environment = kEnvironment) {
  auto parsed = Parse(std::move(args), environment);
  if (const Answer* answer = std::get_if<Answer>(&parsed)) return *answer;
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(Options, TakesTheConnectionFromTheEnvironment) {
  const Options options = ParseOk({"profile", "list"});
  EXPECT_EQ(options.command, Command::kProfileList);
  EXPECT_EQ(options.client.channel.target, "env:1");
  EXPECT_EQ(options.client.channel.server_spiffe_id, "spiffe://env/server");
  EXPECT_EQ(options.client.channel.files.svid_file, "/env/svid.pem");
  EXPECT_EQ(options.client.channel.files.key_file, "/env/key.pem");
  EXPECT_EQ(options.client.channel.files.bundle_file, "/env/bundle.pem");
  EXPECT_EQ(options.client.timeout, absl::Seconds(10));
}

TEST(Options, PrefersTheCommandLine) {
  const Options options = ParseOk(
      {"key", "list", "--profile", "cards", "--address", "cmd:2", "--server-id",
       "spiffe://cmd/server", "--identity", "/cmd", "--key", "/own/key.pem",
       "--timeout", "500ms", "--output", "json"});
  EXPECT_EQ(options.command, Command::kKeyList);
  EXPECT_EQ(options.translate.profile, "cards");
  EXPECT_EQ(options.client.channel.target, "cmd:2");
  EXPECT_EQ(options.client.channel.server_spiffe_id, "spiffe://cmd/server");
  EXPECT_EQ(options.client.channel.files.svid_file, "/cmd/svid.pem");
  EXPECT_EQ(options.client.channel.files.key_file, "/own/key.pem");
  EXPECT_EQ(options.client.timeout, absl::Milliseconds(500));
  EXPECT_EQ(options.format, Format::kJson);
}

TEST(Options, ReadsEveryCommand) {
  Options options = ParseOk({"tokenize", "--profile", "cards", "--context",
                             "shop", "4111111111111111"});
  EXPECT_EQ(options.command, Command::kTokenize);
  EXPECT_EQ(options.translate.context, "shop");
  EXPECT_THAT(options.values, ElementsAre("4111111111111111"));

  options = ParseOk({"detokenize", "--profile", "cards", "--reveal",
                     "bin-last4", "--key-version", "3"});
  EXPECT_EQ(options.command, Command::kDetokenize);
  EXPECT_EQ(options.translate.reveal, client::Reveal::kBinLast4);
  EXPECT_EQ(options.translate.key_version, 3u);
  EXPECT_TRUE(options.values.empty());

  options = ParseOk({"validate", "--profile", "cards", "123456789012"});
  EXPECT_EQ(options.command, Command::kValidate);

  options = ParseOk(
      {"profile", "create", "cards", "--keep", "bin6-last4", "--allow-floor"});
  EXPECT_EQ(options.command, Command::kProfileCreate);
  EXPECT_EQ(options.new_profile.name, "cards");
  EXPECT_EQ(options.new_profile.kept, client::Kept::kBin6Last4);
  EXPECT_TRUE(options.new_profile.allow_floor);

  options = ParseOk({"profile", "show", "cards"});
  EXPECT_EQ(options.command, Command::kProfileShow);
  EXPECT_EQ(options.translate.profile, "cards");
  EXPECT_EQ(ParseOk({"connections", "list"}).command,
            Command::kConnectionsList);
  EXPECT_EQ(ParseOk({"version"}).command, Command::kVersion);
}

TEST(Options, ReadsEveryRevealAndKeep) {
  for (const auto& [name, reveal] :
       {std::pair("full", client::Reveal::kFull),
        std::pair("bin-last4", client::Reveal::kBinLast4),
        std::pair("last4", client::Reveal::kLast4)}) {
    EXPECT_EQ(ParseOk({"detokenize", "--profile", "p", "--reveal", name})
                  .translate.reveal,
              reveal);
  }
  for (const auto& [name, kept] :
       {std::pair("none", client::Kept::kNone),
        std::pair("last4", client::Kept::kLast4),
        std::pair("bin6-last4", client::Kept::kBin6Last4),
        std::pair("bin8-last4", client::Kept::kBin8Last4)}) {
    EXPECT_EQ(
        ParseOk({"profile", "create", "p", "--keep", name}).new_profile.kept,
        kept);
  }
}

TEST(Options, NamesWhatIsWrong) {
  const struct {
    std::vector<std::string> args;
    std::string hint;
  } kRows[] = {
      {{}, "subcommand"},
      {{"profile"}, "subcommand"},
      {{"tokenize"}, "--profile"},
      {{"detokenize", "--profile", "p"}, "--reveal"},
      {{"detokenize", "--profile", "p", "--reveal", "all"},
       "--reveal is one of full|bin-last4|last4"},
      {{"profile", "create", "p"}, "--keep"},
      {{"profile", "create", "p", "--keep", "bin7"},
       "--keep is one of none|last4|bin6-last4|bin8-last4"},
      {{"tokenize", "--profile", "p", "--timeout", "soon"}, "--timeout"},
      {{"tokenize", "--profile", "p", "--timeout", "0"}, "--timeout"},
      {{"tokenize", "--profile", "p", "--timeout", "-1s"}, "--timeout"},
      {{"tokenize", "--profile", "p", "--output", "xml"},
       "--output is one of text|json"},
      {{"version", "--output", "JSON"}, "--output is one of text|json"},
      {{"tokenize", "--profile", "p", "--profile", "q"},
       "--profile: At Most 1 required but received 2"},
  };
  for (const auto& row : kRows) {
    const Answer answer = ParseEnds(row.args);
    EXPECT_EQ(answer.code, ExitCode::kUsage);
    EXPECT_THAT(answer.text, HasSubstr(row.hint));
  }
}

TEST(Options, RefusesTheNumberOfAChoice) {
  for (const char* number : {"0", "1", "2", "3", ""}) {
    const std::vector<std::string> rows[] = {
        {"detokenize", "--profile", "p", "--reveal", number},
        {"profile", "create", "p", "--keep", number},
        {"profile", "list", "--output", number}};
    for (const auto& args : rows) {
      EXPECT_EQ(ParseEnds(args).code, ExitCode::kUsage)
          << args[0] << " " << number;
    }
  }
}

TEST(Options, SaysWhichPartOfTheConnectionIsMissing) {
  for (const auto& [name, hint] :
       {std::pair("PANVAULT_ADDRESS", "--address"),
        std::pair("PANVAULT_SERVER_ID", "--server-id"),
        std::pair("PANVAULT_IDENTITY", "--identity")}) {
    auto environment = kEnvironment;
    environment.erase(name);
    const Answer answer = ParseEnds({"profile", "list"}, environment);
    EXPECT_EQ(answer.code, ExitCode::kUsage);
    EXPECT_THAT(answer.text, HasSubstr(hint));
    EXPECT_THAT(answer.text, HasSubstr(name));
  }
}

TEST(Options, NeverQuotesWhatMayBeACardNumber) {
  const std::string pan = "4111111111111111";
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           {pan},
           {"profile", "list", pan},
           {"profile", pan},
           {"tokenize", "--profile", "p", "--reveal=" + pan},
           {"detokenize", "--profile", "p", "--reveal", pan},
           {"detokenize", "--profile", "p", "--reveal", "full", "--key-version",
            pan},
           {"tokenize", "--profile", "p", "--timeout", pan},
           {"tokenize", "--profile", "p", "--output", "4111 1111 1111 1111"},
           {"profile", "create", "p", "--keep", pan},
           {"tokenize", "--" + pan}}) {
    const Answer answer = ParseEnds(args);
    EXPECT_EQ(answer.code, ExitCode::kUsage);
    EXPECT_THAT(answer.text, Not(HasSubstr("1111")));
  }
}

TEST(Options, TeachesInHelp) {
  const Answer main = ParseEnds({"--help"});
  EXPECT_EQ(main.code, ExitCode::kOk);
  EXPECT_THAT(main.text, HasSubstr("Exit codes:"));
  EXPECT_THAT(main.text, HasSubstr("PANVAULT_IDENTITY"));
  const Answer tokenize = ParseEnds({"tokenize", "--help"});
  EXPECT_EQ(tokenize.code, ExitCode::kOk);
  EXPECT_THAT(tokenize.text, HasSubstr("visible to other users"));
  EXPECT_THAT(tokenize.text, HasSubstr("Usage: panvault tokenize"));
}

TEST(Options, TeachesInTheHelpOfEveryCommand) {
  const struct {
    std::vector<std::string> command;
    std::string usage;
    std::string lesson;
  } kRows[] = {
      {{"tokenize"}, "[OPTIONS] [pan...]", "grant for BatchTokenize"},
      {{"detokenize"}, "[OPTIONS] [token...]", "grant for BatchDetokenize"},
      {{"validate"}, "[OPTIONS] token...", "grant for ValidateToken"},
      {{"profile"}, "[OPTIONS] SUBCOMMAND", "Exit codes:"},
      {{"profile", "create"}, "[OPTIONS] name", "grant for CreateTokenProfile"},
      {{"profile", "list"}, "[OPTIONS]", "grant for ListTokenProfiles"},
      {{"profile", "show"}, "[OPTIONS] name", "grant for GetTokenProfile"},
      {{"key"}, "[OPTIONS] SUBCOMMAND", "Exit codes:"},
      {{"key", "list"}, "[OPTIONS]", "grant for ListKeyVersions"},
      {{"connections"}, "[OPTIONS] SUBCOMMAND", "Exit codes:"},
      {{"connections", "list"}, "[OPTIONS]", "grant for ListConnections"},
      {{"version"}, "[OPTIONS]", "Exit codes:"}};
  for (const auto& row : kRows) {
    const std::string command = absl::StrJoin(row.command, " ");
    std::vector<std::string> args = row.command;
    args.push_back("--help");
    const Answer answer = ParseEnds(args, {});
    EXPECT_EQ(answer.code, ExitCode::kOk) << command;
    EXPECT_THAT(answer.text, HasSubstr(absl::StrCat("Usage: panvault ", command,
                                                    " ", row.usage, "\n")));
    EXPECT_THAT(answer.text, HasSubstr(row.lesson));
    EXPECT_THAT(answer.text, HasSubstr("Examples:\n"));
    EXPECT_THAT(answer.text,
                HasSubstr(absl::StrCat("  panvault ", row.command[0], " ")))
        << "an example of its own";
    for (const absl::string_view line : absl::StrSplit(answer.text, '\n')) {
      if (absl::StrContains(line, "spiffe://")) continue;  // Cannot be broken.
      EXPECT_LE(line.size(), 80u) << command << ": " << line;
    }
  }
}

TEST(Options, OffersOutputEverywhere) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           {"tokenize", "--profile", "p"},
           {"detokenize", "--profile", "p", "--reveal", "last4"},
           {"validate", "--profile", "p", "1"},
           {"profile", "create", "p", "--keep", "none"},
           {"profile", "list"},
           {"profile", "show", "p"},
           {"key", "list", "--profile", "p"},
           {"connections", "list"},
           {"version"}}) {
    EXPECT_EQ(ParseOk(args).format, Format::kText);
    std::vector<std::string> with_json = args;
    with_json.insert(with_json.end(), {"--output", "json"});
    const Options options = ParseOk(with_json);
    EXPECT_EQ(options.format, Format::kJson);
    if (options.command != Command::kVersion) {
      EXPECT_EQ(options.translate.format, Format::kJson);
    }
  }
}

TEST(Options, SaysItsVersion) {
  const Answer answer = ParseEnds({"--version"});
  EXPECT_EQ(answer.code, ExitCode::kOk);
  EXPECT_THAT(answer.text, ::testing::MatchesRegex("panvault [0-9.]+\n"));
}

}  // namespace
}  // namespace panvault::cli
