// What this shows: each command of panvaultd takes what it needs, says what is
// missing, and its help teaches.

#include "server/cmd/options.h"

#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Options Parsed(std::vector<std::string> args) {
  const auto parsed = ParseCommandLine(std::move(args));
  EXPECT_TRUE(std::holds_alternative<Options>(parsed));
  return std::holds_alternative<Options>(parsed) ? std::get<Options>(parsed)
                                                 : Options();
}

Answer Answered(std::vector<std::string> args) {
  const auto parsed = ParseCommandLine(std::move(args));
  EXPECT_TRUE(std::holds_alternative<Answer>(parsed));
  return std::holds_alternative<Answer>(parsed) ? std::get<Answer>(parsed)
                                                : Answer();
}

TEST(PanvaultdOptions, ServeAndMigrateTakeTheConfiguration) {
  const Options serve = Parsed({"serve", "--config", "a.yaml"});
  EXPECT_EQ(serve.command, Command::kServe);
  EXPECT_EQ(serve.config_path, "a.yaml");
  EXPECT_EQ(Parsed({"migrate", "--config", "a.yaml"}).command,
            Command::kMigrate);
}

TEST(PanvaultdOptions, DevTakesAFolderAndMore) {
  const Options least = Parsed({"dev", "--state", "/s"});
  EXPECT_EQ(least.command, Command::kDev);
  EXPECT_EQ(least.state_dir, "/s");
  EXPECT_EQ(least.listen, "");
  EXPECT_EQ(least.ready_file, "");
  const Options most =
      Parsed({"dev", "--state", "/s", "--listen", "127.0.0.1:1", "--health",
              "unix:/h", "--ready-file", "/r"});
  EXPECT_EQ(most.listen, "127.0.0.1:1");
  EXPECT_EQ(most.health_listen, "unix:/h");
  EXPECT_EQ(most.ready_file, "/r");
}

TEST(PanvaultdOptions, WhatIsMissingOrTooMuchIsAUsageError) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           {},
           {"serve"},
           {"migrate"},
           {"dev"},
           {"steal"},
           {"serve", "--config"},
           {"serve", "--config", "a", "b"},
           {"serve", "--config", "a", "migrate", "--config", "a"},
           {"dev", "--state", "/s", "--config", "a"}}) {
    const Answer answer = Answered(args);
    EXPECT_EQ(answer.code, ExitCode::kUsage);
    EXPECT_THAT(answer.text,
                AllOf(StartsWith("panvaultd: "), HasSubstr("--help")));
  }
}

TEST(PanvaultdOptions, HelpTeaches) {
  const Answer main = Answered({"--help"});
  EXPECT_EQ(main.code, ExitCode::kOk);
  EXPECT_THAT(main.text,
              AllOf(HasSubstr("serve"), HasSubstr("migrate"), HasSubstr("dev"),
                    HasSubstr("Exit codes"), HasSubstr("SIGTERM")));
  const Answer dev = Answered({"dev", "--help"});
  EXPECT_EQ(dev.code, ExitCode::kOk);
  EXPECT_THAT(dev.text, AllOf(HasSubstr("--ready-file"),
                              HasSubstr("Not for real cards")));
}

TEST(PanvaultdOptions, VersionIsOneLine) {
  const Answer answer = Answered({"--version"});
  EXPECT_EQ(answer.code, ExitCode::kOk);
  EXPECT_THAT(answer.text, ::testing::ContainsRegex(
                               "^panvaultd [0-9]+\\.[0-9]+\\.[0-9]+\n$"));
}

}  // namespace
}  // namespace panvault::server
