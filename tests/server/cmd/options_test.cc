// What this shows: each command of panvaultd takes its options and no others,
// and a command line that is wrong ends with exit code 2 before anything runs.

#include "server/cmd/options.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace panvault::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Args = std::vector<std::string>;

Options ParseOk(const Args& args) {
  const auto parsed = ParseCommandLine(args);
  if (const EarlyEnd* const answer = std::get_if<EarlyEnd>(&parsed)) {
    ADD_FAILURE() << answer->text;
    return {};
  }
  return std::get<Options>(parsed);
}

EarlyEnd ParseEnds(const Args& args) {
  const auto parsed = ParseCommandLine(args);
  if (const EarlyEnd* const answer = std::get_if<EarlyEnd>(&parsed))
    return *answer;
  ADD_FAILURE() << "was accepted: " << absl::StrJoin(args, " ");
  return {};
}

TEST(PanvaultdOptions, ServeAndMigrateTakeAConfiguration) {
  for (const Args& config :
       {Args{"--config", "a b.yaml"}, Args{"--config=a b.yaml"}}) {
    Args args = {"serve"};
    args.insert(args.end(), config.begin(), config.end());
    const Options serve = ParseOk(args);
    EXPECT_EQ(serve.command, Command::kServe);
    EXPECT_EQ(serve.config_path, "a b.yaml");
    args[0] = "migrate";
    const Options migrate = ParseOk(args);
    EXPECT_EQ(migrate.command, Command::kMigrate);
    EXPECT_EQ(migrate.config_path, "a b.yaml");
  }
}

TEST(PanvaultdOptions, HealthAsksForReadinessUnlessToldOtherwise) {
  const Options ready = ParseOk({"health", "--config", "x.yaml"});
  EXPECT_EQ(ready.command, Command::kHealth);
  EXPECT_EQ(ready.config_path, "x.yaml");
  EXPECT_FALSE(ready.alive);
  EXPECT_TRUE(ParseOk({"health", "--alive", "--config", "x.yaml"}).alive);
}

TEST(PanvaultdOptions, DevNeedsItsStateFolderOnly) {
  const Options options = ParseOk({"dev", "--state", "/tmp/x"});
  EXPECT_EQ(options.command, Command::kDev);
  EXPECT_EQ(options.state_dir, "/tmp/x");
  EXPECT_EQ(options.listen, "");
  EXPECT_EQ(options.health_listen, "");
  EXPECT_EQ(options.ready_file, "");
}

TEST(PanvaultdOptions, DevTakesAddressesAndAReadyFile) {
  const Options options =
      ParseOk({"dev", "--listen", "[::1]:0", "--health", "unix:/tmp/h",
               "--ready-file", "/tmp/ready", "--state", "/tmp/x"});
  EXPECT_EQ(options.state_dir, "/tmp/x");
  EXPECT_EQ(options.listen, "[::1]:0");
  EXPECT_EQ(options.health_listen, "unix:/tmp/h");
  EXPECT_EQ(options.ready_file, "/tmp/ready");
}

TEST(PanvaultdOptions, EndWithCode2WhenTheyAreWrong) {
  const Args wrong[] = {
      {},
      {""},
      {"start"},
      {"Serve"},
      {"serve"},
      {"migrate"},
      {"health"},
      {"health", "--alive"},
      {"serve", "--config", "x.yaml", "--alive"},
      {"dev"},
      {"serve", "--config"},
      {"--config", "x.yaml", "serve"},
      {"serve", "--config", "x.yaml", "extra"},
      {"serve", "--config", "x.yaml", "--config", "y.yaml"},
      {"serve", "--config", "x.yaml", "--state", "/tmp/x"},
      {"serve", "--config", "x.yaml", "--listen", "127.0.0.1:1"},
      {"serve", "--conf", "x.yaml"},
      {"serve", "-config", "x.yaml"},
      {"serve", "--config", "x.yaml", "migrate", "--config", "x.yaml"},
      {"dev", "--state"},
      {"dev", "--state", "/tmp/x", "--config", "x.yaml"},
      {"dev", "--state", "/tmp/x", "--listen"},
      {"dev", "--state", "/tmp/x", "/tmp/y"},
      {"--verbose"},
      {"-v"},
  };
  for (const Args& args : wrong) {
    const EarlyEnd answer = ParseEnds(args);
    const std::string what = absl::StrJoin(args, " ");
    EXPECT_EQ(answer.code, ExitCode::kUsage) << what;
    EXPECT_THAT(answer.text, StartsWith("panvaultd: ")) << what;
    EXPECT_THAT(answer.text, EndsWith("\nSee panvaultd --help.\n")) << what;
  }
}

TEST(PanvaultdOptions, SayWhatIsMissing) {
  EXPECT_THAT(ParseEnds({"serve"}).text, HasSubstr("--config"));
  EXPECT_THAT(ParseEnds({"dev"}).text, HasSubstr("--state"));
}

TEST(PanvaultdOptions, HelpNamesCommandsFilesAndExitCodes) {
  for (const Args& args : {Args{"--help"}, Args{"-h"}}) {
    const EarlyEnd help = ParseEnds(args);
    EXPECT_EQ(help.code, ExitCode::kOk);
    for (const char* text :
         {"panvaultd dev --state", "panvaultd migrate --config",
          "panvaultd serve --config", "serve callers", "access.yaml", "SIGTERM",
          "Exit codes:", "  0  ", "  1  ", "  2  ", "--version"}) {
      EXPECT_THAT(help.text, HasSubstr(text));
    }
  }
}

TEST(PanvaultdOptions, HelpOfACommandNamesItsOptions) {
  for (const char* command : {"serve", "migrate"}) {
    const EarlyEnd help = ParseEnds({command, "--help"});
    EXPECT_EQ(help.code, ExitCode::kOk);
    EXPECT_THAT(help.text, HasSubstr("--config"));
    EXPECT_THAT(help.text, HasSubstr(std::string("panvaultd ") + command));
    EXPECT_THAT(help.text, HasSubstr("Exit codes:"));
    EXPECT_THAT(help.text, Not(HasSubstr("--ready-file")));
    EXPECT_THAT(help.text, Not(HasSubstr("To try it")));
  }
  const EarlyEnd dev = ParseEnds({"dev", "--help"});
  EXPECT_EQ(dev.code, ExitCode::kOk);
  for (const char* text :
       {"panvaultd dev", "--state", "--listen", "--health", "--ready-file",
        "[127.0.0.1:8443]", "Exit codes:", "Not for real cards", "postgres/"}) {
    EXPECT_THAT(dev.text, HasSubstr(text));
  }
}

TEST(PanvaultdOptions, HelpComesBeforeWhatIsMissing) {
  for (const char* command : {"serve", "migrate", "dev"}) {
    EXPECT_EQ(ParseEnds({command, "-h"}).code, ExitCode::kOk) << command;
  }
}

TEST(PanvaultdOptions, TellTheVersion) {
  const EarlyEnd version = ParseEnds({"--version"});
  EXPECT_EQ(version.code, ExitCode::kOk);
  EXPECT_EQ(version.text, "panvaultd " PANVAULT_VERSION "\n");
}

TEST(PanvaultdOptions, HaveTheExitCodesOfTheHelp) {
  EXPECT_EQ(static_cast<int>(ExitCode::kOk), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::kFailed), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::kUsage), 2);
}

}  // namespace
}  // namespace panvault::server
