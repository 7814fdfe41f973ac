// What this shows: the program `panvault` in a shell, as people use it.

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_vault.h"

namespace panvault::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

struct Outcome {
  int code = -1;
  std::string text;  // stdout and stderr.
};

// `panvault` stands for the program.
Outcome Shell(const std::string& command) {
  Outcome outcome;
  FILE* out = popen(absl::StrCat("panvault() { ", PANVAULT_PROGRAM,
                                 " \"$@\"; }; { ", command, "; } 2>&1")
                        .c_str(),
                    "r");
  if (out == nullptr) return outcome;
  for (int c = fgetc(out); c != EOF; c = fgetc(out)) {
    outcome.text.push_back(static_cast<char>(c));
  }
  const int status = pclose(out);
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  return outcome;
}

class PanvaultProgram : public ::testing::Test {
 protected:
  PanvaultProgram() {
    setenv("PANVAULT_ADDRESS", setup_.vault.address().c_str(), 1);
    setenv("PANVAULT_SERVER_ID", client::kServerId, 1);
    setenv("PANVAULT_IDENTITY", setup_.dir.path().c_str(), 1);
  }
  client::FakeSetup setup_;
};

TEST_F(PanvaultProgram, SaysItsVersion) {
  const Outcome outcome = Shell("panvault --version");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.text, MatchesRegex("panvault [0-9.]+\n"));
}

TEST_F(PanvaultProgram, WorksInAPipeline) {
  const Outcome outcome = Shell(
      "printf '4111111111111111\\r\\n378282246310005' |"
      " panvault tokenize --profile cards |"
      " panvault detokenize --profile cards --reveal bin-last4");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.text, "411111******1111\n378282*****0005\n");
}

TEST_F(PanvaultProgram, EndsLikeOthersWhenHeadHasEnough) {
  const Outcome outcome = Shell(
      "yes 4111111111111111 |"
      " { panvault tokenize --profile cards; echo \"exit $?\" >&2; } |"
      " head -n 1");
  EXPECT_EQ(outcome.text, "5888888888888888\nexit 141\n");
}

TEST_F(PanvaultProgram, TellsRefusalsAndMistakesByTheExitCode) {
  const Outcome refused =
      Shell("echo 4111111111111112 | panvault tokenize --profile cards");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, HasSubstr("!PAN_LUHN\n"));
  EXPECT_EQ(Shell("panvault tokenise").code, 2);
  EXPECT_EQ(Shell("panvault profile show nowhere").code, 5);
  setup_.vault.Stop();
  EXPECT_EQ(Shell("panvault profile list --timeout 1s").code, 3);
}

TEST_F(PanvaultProgram, PrintsNoMessagesWhateverTheEnvironmentAsks) {
  const Outcome outcome = Shell(
      "export GRPC_VERBOSITY=debug GRPC_TRACE=all;"
      " echo 4111111111111111 | panvault tokenize --profile cards");
  EXPECT_EQ(outcome.text, "5888888888888888\n");
}

}  // namespace
}  // namespace panvault::cli
