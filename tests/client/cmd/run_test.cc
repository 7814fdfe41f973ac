// What this shows: `panvault tokenize` and `detokenize` turn lines into lines,
// one for one and in order, and say on stderr and by the exit code what was
// refused.

#include "client/cmd/run.h"

#include <pty.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cmd/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/command.h"
#include "tests/client/cmd/pipe.h"
#include "tests/client/fake_vault.h"

namespace panvault::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr char kPan[] = "4111111111111111";
constexpr char kToken[] = "5888888888888888";
constexpr char kOtherPan[] = "378282246310005";
constexpr char kOtherToken[] = "621717753689994";

const std::vector<std::string> kTokenize = {"tokenize", "--profile", "cards"};
const std::vector<std::string> kDetokenize = {"detokenize", "--profile",
                                              "cards", "--reveal", "full"};

std::vector<std::string> Plus(std::vector<std::string> args,
                              const std::vector<std::string>& more) {
  args.insert(args.end(), more.begin(), more.end());
  return args;
}

// A card number of 16 digits that holds `number`, with its check digit.
std::string PanOf(int number) {
  std::string digits = absl::StrCat(411111, 100'000'000 + number);
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 0) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  digits.push_back(static_cast<char>('0' + (10 - sum % 10) % 10));
  return digits;
}

TEST(Run, AnswersLineByLine) {
  const client::FakeSetup setup;
  const Outcome there =
      RunCommand(setup, kTokenize, absl::StrCat(kPan, "\n", kOtherPan, "\n"));
  EXPECT_EQ(there.code, ExitCode::kOk);
  EXPECT_EQ(there.out, absl::StrCat(kToken, "\n", kOtherToken, "\n"));
  EXPECT_EQ(there.err, "");
  const Outcome back = RunCommand(setup, kDetokenize, there.out);
  EXPECT_EQ(back.code, ExitCode::kOk);
  EXPECT_EQ(back.out, absl::StrCat(kPan, "\n", kOtherPan, "\n"));
  EXPECT_EQ(back.err, "");
}

TEST(Run, MarksRefusedLinesInPlaceAndCountsThem) {
  const client::FakeSetup setup;
  const std::string input = absl::StrJoin(
      {kPan, "4111111111111112", "", "4111111111111113", kPan}, "\n");
  const Outcome outcome = RunCommand(setup, kTokenize, input);
  EXPECT_EQ(outcome.code, ExitCode::kItemsRefused);
  EXPECT_EQ(outcome.out,
            absl::StrCat(kToken, "\n!PAN_LUHN\n!PAN_LENGTH\n!PAN_LUHN\n",
                         kToken, "\n"));
  EXPECT_EQ(outcome.err,
            "panvault: 3 of 5 lines refused (PAN_LENGTH: 1, PAN_LUHN: 2)\n");
}

TEST(Run, TakesEveryKindOfLineEnd) {
  const client::FakeSetup setup;
  const std::string token_line = absl::StrCat(kToken, "\n");
  EXPECT_EQ(RunCommand(setup, kTokenize, kPan).out, token_line);
  EXPECT_EQ(RunCommand(setup, kTokenize, absl::StrCat(kPan, "\r\n")).out,
            token_line);
  const Outcome outcome = RunCommand(
      setup, kTokenize, absl::StrCat("\n\r\n", kPan, "\r\n\n", kPan));
  EXPECT_EQ(outcome.out, absl::StrCat("!PAN_LENGTH\n!PAN_LENGTH\n", token_line,
                                      "!PAN_LENGTH\n", token_line));
  EXPECT_EQ(outcome.code, ExitCode::kItemsRefused);
}

TEST(Run, WritesNothingWhenThereIsNoInput) {
  const client::FakeSetup setup;
  for (const auto& output : {"text", "json"}) {
    const Outcome outcome =
        RunCommand(setup, Plus(kTokenize, {"--output", output}), "");
    EXPECT_EQ(outcome.code, ExitCode::kOk);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "");
  }
  EXPECT_EQ(setup.vault.calls("BatchTokenize"), 0);
}

TEST(Run, RefusesLinesThatAreTooLongWithoutSendingThem) {
  const client::FakeSetup setup;
  const Outcome outcome =
      RunCommand(setup, kTokenize,
                 absl::StrCat(std::string(70'000, '1'), "\n", kPan, "\n"));
  EXPECT_EQ(outcome.out, absl::StrCat("!LINE_LENGTH\n", kToken, "\n"));
  EXPECT_EQ(outcome.err, "panvault: 1 of 2 lines refused (LINE_LENGTH: 1)\n");
  EXPECT_EQ(outcome.code, ExitCode::kItemsRefused);
}

TEST(Run, KeepsTheKeyVersionBesideTheToken) {
  const client::FakeSetup setup;
  const Outcome there =
      RunCommand(setup, {"tokenize", "--profile", "floor"}, kPan);
  EXPECT_EQ(there.out, absl::StrCat(kToken, "\t3\n"));
  const std::vector<std::string> detokenize = {"detokenize", "--profile",
                                               "floor", "--reveal", "full"};
  EXPECT_EQ(RunCommand(setup, detokenize, there.out).out,
            absl::StrCat(kPan, "\n"));
  EXPECT_EQ(
      RunCommand(setup, Plus(detokenize, {"--key-version", "3"}), kToken).out,
      absl::StrCat(kPan, "\n"));
  const Outcome refused =
      RunCommand(setup, detokenize, absl::StrCat(kToken, "\tv3\n", kToken));
  EXPECT_EQ(refused.out, "!KEY_VERSION_FORMAT\n!KEY_VERSION_REQUIRED\n");
  EXPECT_EQ(refused.code, ExitCode::kItemsRefused);
}

TEST(Run, KeepsTheOrderOfThirtyThousandLines) {
  const client::FakeSetup setup;
  std::vector<std::string> pans;
  for (int i = 0; i < 30'000; ++i) pans.push_back(PanOf(i));
  pans[9'999] = "bad";
  pans[20'000] = "";
  const std::string input = absl::StrJoin(pans, "\n") + "\n";
  const Outcome there = RunCommand(setup, kTokenize, input);
  EXPECT_EQ(there.code, ExitCode::kItemsRefused);
  EXPECT_EQ(there.err, "panvault: 2 of 30000 lines refused (PAN_LENGTH: 2)\n");
  EXPECT_GE(setup.vault.calls("BatchTokenize"), 3);

  const Outcome back = RunCommand(setup, kDetokenize, there.out);
  // What tokenize refused is no token, and stays in its place.
  pans[9'999] = "!TOKEN_LENGTH";
  pans[20'000] = "!TOKEN_LENGTH";
  EXPECT_TRUE(back.out == absl::StrJoin(pans, "\n") + "\n");
}

TEST(Run, WritesAnObjectForEachLineInJson) {
  const client::FakeSetup setup;
  const Outcome outcome =
      RunCommand(setup, Plus(kTokenize, {"--output", "json"}),
                 absl::StrCat(kPan, "\n4111111111111112\n"));
  EXPECT_EQ(outcome.code, ExitCode::kItemsRefused);
  const std::vector<std::string> lines = absl::StrSplit(outcome.out, '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(Json::parse(lines[0])["token"], kToken);
  EXPECT_EQ(Json::parse(lines[1])["line"], 2);
  EXPECT_EQ(Json::parse(lines[1])["error"]["reason"], "PAN_LUHN");
  EXPECT_EQ(
      Json::parse(outcome.err),
      Json({{"lines", 2}, {"refused", 1}, {"reasons", {{"PAN_LUHN", 1}}}}));
}

TEST(Run, AnswersAPersonBeforeTheInputEnds) {
  const client::FakeSetup setup;
  int terminal = -1;
  int keyboard = -1;
  ASSERT_EQ(openpty(&keyboard, &terminal, nullptr, nullptr, nullptr), 0);
  Pipe out;
  Output err;
  std::thread command([&] {
    EXPECT_EQ(RunCommandLine(EnvironmentOf(setup), kTokenize,
                             {terminal, out.write_fd(), err.fd()}),
              ExitCode::kOk);
  });
  const std::string typed = absl::StrCat(kPan, "\n");
  EXPECT_EQ(write(keyboard, typed.data(), typed.size()),
            static_cast<ssize_t>(typed.size()));
  char answer[64] = {};
  EXPECT_EQ(read(out.read_fd(), answer, sizeof(answer)), 17);
  EXPECT_EQ(answer, absl::StrCat(kToken, "\n"));
  EXPECT_EQ(write(keyboard, "\x04", 1), 1);  // Ctrl-D
  command.join();
  EXPECT_THAT(err.Take(), HasSubstr("Ctrl-D"));
  close(keyboard);
  close(terminal);
}

TEST(RunArguments, WarnsAboutCardNumbersOnTheCommandLine) {
  const client::FakeSetup setup;
  const Outcome outcome = RunCommand(setup, Plus(kTokenize, {kPan, kOtherPan}));
  EXPECT_EQ(outcome.code, ExitCode::kOk);
  EXPECT_EQ(outcome.out, absl::StrCat(kToken, "\n", kOtherToken, "\n"));
  EXPECT_THAT(outcome.err, HasSubstr("visible to others"));
  // Tokens may be seen.
  EXPECT_EQ(RunCommand(setup, Plus(kDetokenize, {kToken})).err, "");
}

TEST(RunArguments, MarksAndCountsWhatIsRefused) {
  const client::FakeSetup setup;
  const Outcome outcome = RunCommand(
      setup, Plus(kDetokenize,
                  {kToken, "12", std::string(65, '5'), "588888888888\tx"}));
  EXPECT_EQ(outcome.code, ExitCode::kItemsRefused);
  EXPECT_EQ(outcome.out, absl::StrCat(kPan,
                                      "\n!TOKEN_LENGTH\n!LINE_LENGTH\n"
                                      "!KEY_VERSION_FORMAT\n"));
  EXPECT_EQ(outcome.err,
            "panvault: 3 of 4 items refused (KEY_VERSION_FORMAT: 1, "
            "LINE_LENGTH: 1, TOKEN_LENGTH: 1)\n");
}

TEST(RunArguments, WritesOneArrayInJson) {
  const client::FakeSetup setup;
  const Outcome outcome = RunCommand(
      setup, Plus(kTokenize, {"--output", "json", kPan, "4111111111111112"}));
  EXPECT_EQ(outcome.code, ExitCode::kItemsRefused);
  const Json array = Json::parse(outcome.out);
  ASSERT_EQ(array.size(), 2u);
  EXPECT_EQ(array[0]["item"], 1);
  EXPECT_EQ(array[0]["token"], kToken);
  EXPECT_EQ(array[1]["error"]["reason"], "PAN_LUHN");
  // Each line of stderr is JSON too.
  const std::vector<std::string> lines = absl::StrSplit(outcome.err, '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(Json::parse(lines[0]).contains("warning"));
  EXPECT_EQ(Json::parse(lines[1])["items"], 2);
}

TEST(RunArguments, TakesOneBatchAndNoMore) {
  const client::FakeSetup setup;
  const std::vector<std::string> tokens(10'000, kToken);
  EXPECT_EQ(RunCommand(setup, Plus(kDetokenize, tokens)).code, ExitCode::kOk);
  const Outcome outcome =
      RunCommand(setup, Plus(Plus(kDetokenize, tokens), {kToken}));
  EXPECT_EQ(outcome.code, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("use stdin"));
}

}  // namespace
}  // namespace panvault::cli
