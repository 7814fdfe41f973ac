// What this shows: when something goes wrong the command stops at a line
// border, says how to go on, and ends with the exit code that --help names.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/cmd/exit_code.h"
#include "client/cmd/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/command.h"
#include "tests/client/cmd/pipe.h"
#include "tests/client/fake_vault.h"

namespace panvault::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr char kPan[] = "4111111111111111";
constexpr char kPanLine[] = "4111111111111111\n";
constexpr char kTokenLine[] = "5888888888888888\n";

// Long enough for a busy machine; a server that is gone is given up sooner.
const std::vector<std::string> kTokenize = {"tokenize", "--profile", "cards",
                                            "--timeout", "60s"};

client::FakeVault::Options Failing(grpc::StatusCode code,
                                   v1::ErrorReason reason) {
  return {.script = [=](const std::string&, int) {
    return client::RpcError(code, reason, "the message");
  }};
}

std::string Repeated(int count, const std::string& line) {
  std::string text;
  for (int i = 0; i < count; ++i) text += line;
  return text;
}

// Tokenizes two lines, stops the server when both are answered, and sends more.
Outcome RunWhileTheServerGoesAway(const std::vector<std::string>& args) {
  client::FakeSetup setup;
  Pipe in;
  Pipe out;
  Output err;
  Outcome outcome;
  std::thread command([&] {
    outcome.code = RunCommandLine(EnvironmentOf(setup), args,
                                  {in.read_fd(), out.write_fd(), err.fd()});
    out.CloseWrite();
  });
  in.Write(Repeated(2, kPanLine));
  char c = 0;
  for (int lines = 0; lines < 2 && read(out.read_fd(), &c, 1) == 1;) {
    outcome.out.push_back(c);
    lines += c == '\n' ? 1 : 0;
  }
  setup.vault.Stop();
  in.Write(Repeated(1'000, kPanLine));  // Fits the pipe: nobody may read it.
  in.CloseWrite();
  outcome.out += out.ReadAll();
  command.join();
  outcome.err = err.Take();
  return outcome;
}

TEST(RunFailure, StopsAtALineBorderWhenTheServerGoesAway) {
  const Outcome outcome = RunWhileTheServerGoesAway(kTokenize);
  EXPECT_EQ(outcome.code, ExitCode::kUnavailable);
  EXPECT_EQ(outcome.out, Repeated(2, kTokenLine));
  EXPECT_THAT(outcome.err, StartsWith("panvault: UNAVAILABLE: "));
  EXPECT_THAT(outcome.err, EndsWith("panvault: 2 lines are complete; go on "
                                    "with tail -n +3\n"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("1111")));
}

TEST(RunFailure, SaysHowManyLinesAreCompleteInJson) {
  std::vector<std::string> args = kTokenize;
  args.insert(args.end(), {"--output", "json"});
  const Outcome outcome = RunWhileTheServerGoesAway(args);
  EXPECT_EQ(outcome.code, ExitCode::kUnavailable);
  const std::vector<std::string> lines = absl::StrSplit(outcome.err, '\n');
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(Json::parse(lines[0])["error"]["code"], "UNAVAILABLE");
  EXPECT_EQ(Json::parse(lines[1]), Json({{"lines_complete", 2}}));
}

// Of three full batches any one fails; the rest of the input must then give the
// rest of the output.
TEST(RunFailure, CanBeTakenUpWhereItStopped) {
  const int kLines = 25'000;
  std::string input;
  for (int i = 0; i < kLines; ++i) {
    absl::StrAppend(&input, i % 7 == 0 ? "bad\n" : kPanLine);
  }
  client::FakeSetup setup;
  const std::string all = RunCommand(setup, kTokenize, input).out;
  for (int failing = 0; failing < 3; ++failing) {
    client::FakeSetup broken({.script = [=](const std::string&, int earlier) {
      return earlier == failing
                 ? client::RpcError(grpc::StatusCode::DATA_LOSS,
                                    v1::ERROR_REASON_KEY_CORRUPT, "damaged")
                 : grpc::Status::OK;
    }});
    const Outcome first = RunCommand(broken, kTokenize, input);
    EXPECT_EQ(first.code, ExitCode::kInternal);
    const auto complete = std::count(first.out.begin(), first.out.end(), '\n');
    EXPECT_EQ(complete % 10'000, 0);
    if (complete > 0) {
      EXPECT_THAT(first.err,
                  HasSubstr(absl::StrCat(complete,
                                         " lines are complete; go on "
                                         "with tail -n +",
                                         complete + 1, "\n")));
    } else {
      EXPECT_THAT(first.err, HasSubstr("no line is complete"));
    }
    size_t rest = 0;
    for (auto line = complete; line > 0; --line) {
      rest = input.find('\n', rest) + 1;
    }
    const Outcome second = RunCommand(setup, kTokenize, input.substr(rest));
    EXPECT_TRUE(first.out + second.out == all) << complete;
  }
}

TEST(RunFailure, EndsWithTheCodeOfTheFailure) {
  const struct {
    grpc::StatusCode code;
    v1::ErrorReason reason;
    int exit;
    const char* name;
  } kRows[] = {
      {grpc::StatusCode::INVALID_ARGUMENT, v1::ERROR_REASON_PROFILE_NAME, 2,
       "PROFILE_NAME"},
      {grpc::StatusCode::UNAVAILABLE, v1::ERROR_REASON_NOT_READY, 3,
       "NOT_READY"},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, v1::ERROR_REASON_OVERLOADED, 3,
       "OVERLOADED"},
      {grpc::StatusCode::UNAUTHENTICATED, v1::ERROR_REASON_SVID_INVALID, 4,
       "SVID_INVALID"},
      {grpc::StatusCode::PERMISSION_DENIED, v1::ERROR_REASON_CALLER_UNKNOWN, 4,
       "CALLER_UNKNOWN"},
      {grpc::StatusCode::NOT_FOUND, v1::ERROR_REASON_PROFILE_UNKNOWN, 5,
       "PROFILE_UNKNOWN"},
      {grpc::StatusCode::ALREADY_EXISTS, v1::ERROR_REASON_PROFILE_EXISTS, 5,
       "PROFILE_EXISTS"},
      {grpc::StatusCode::FAILED_PRECONDITION,
       v1::ERROR_REASON_KEY_VERSION_DISABLED, 5, "KEY_VERSION_DISABLED"},
      {grpc::StatusCode::DATA_LOSS, v1::ERROR_REASON_KEY_CORRUPT, 6,
       "KEY_CORRUPT"},
      {grpc::StatusCode::INTERNAL, v1::ERROR_REASON_INTERNAL, 6, "INTERNAL"},
      {grpc::StatusCode::UNIMPLEMENTED, v1::ERROR_REASON_UNSPECIFIED, 6,
       "UNIMPLEMENTED"}};
  for (const auto& row : kRows) {
    const client::FakeSetup setup(Failing(row.code, row.reason));
    const Outcome outcome = RunCommand(setup, kTokenize, kPanLine);
    EXPECT_EQ(static_cast<int>(outcome.code), row.exit) << row.name;
    EXPECT_EQ(outcome.out, "") << row.name;
    EXPECT_THAT(outcome.err, StartsWith(absl::StrCat("panvault: ", row.name,
                                                     ": the message\n")));
  }
}

TEST(RunFailure, GivesUpWhenTheTimeIsUp) {
  const client::FakeSetup setup({.script = [](const std::string&, int) {
    absl::SleepFor(absl::Seconds(1));
    return grpc::Status::OK;
  }});
  const Outcome outcome = RunCommand(
      setup, {"tokenize", "--profile", "cards", "--timeout", "200ms"},
      kPanLine);
  EXPECT_EQ(outcome.code, ExitCode::kUnavailable);
  EXPECT_THAT(outcome.err, StartsWith("panvault: DEADLINE_EXCEEDED"));
}

TEST(RunFailure, DeniesAServerOfAnotherName) {
  const client::FakeSetup setup;
  std::vector<std::string> args = kTokenize;
  args.insert(args.end(), {"--server-id", "spiffe://fake.test/other"});
  const Outcome outcome = RunCommand(setup, args, kPanLine);
  EXPECT_EQ(outcome.code, ExitCode::kDenied);
  EXPECT_THAT(outcome.err, StartsWith("panvault: HANDSHAKE: "));
  EXPECT_EQ(setup.vault.calls("BatchTokenize"), 0);
}

TEST(RunFailure, CallsMissingIdentityFilesAMistakeOfUse) {
  const client::FakeSetup setup;
  for (const std::string option : {"--svid", "--key", "--bundle"}) {
    std::vector<std::string> args = kTokenize;
    args.insert(args.end(), {option, "/nowhere/file.pem"});
    const Outcome outcome = RunCommand(setup, args, kPanLine);
    EXPECT_EQ(outcome.code, ExitCode::kUsage);
    EXPECT_THAT(outcome.err, HasSubstr("/nowhere/file.pem"));
  }
}

TEST(RunFailure, IsQuietWhenTheReaderOfTheOutputWentAway) {
  const client::FakeSetup setup;
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           kTokenize,
           {"detokenize", "--profile", "c", "--reveal", "full", "588888888888"},
           {"validate", "--profile", "cards", "588888888888"},
           {"profile", "list"},
           {"version"},
           {"--help"}}) {
    const Input in(Repeated(20'000, kPanLine));
    Pipe out;
    Output err;
    out.CloseRead();
    EXPECT_EQ(RunCommandLine(EnvironmentOf(setup), args,
                             {in.fd(), out.write_fd(), err.fd()}),
              ExitCode::kOutputClosed)
        << args[0];
    EXPECT_EQ(err.Take(), "") << args[0];
  }
}

TEST(RunFailure, ReportsAFullDiskAndAnUnreadableInput) {
  const client::FakeSetup setup;
  const int full = open("/dev/full", O_WRONLY);
  const int folder = open("/", O_RDONLY | O_DIRECTORY);
  ASSERT_GE(full, 0);
  ASSERT_GE(folder, 0);
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           kTokenize, {"profile", "list"}, {"--help"}}) {
    const Input in(kPanLine);
    Output err;
    EXPECT_EQ(
        RunCommandLine(EnvironmentOf(setup), args, {in.fd(), full, err.fd()}),
        ExitCode::kInternal);
    EXPECT_THAT(err.Take(), HasSubstr("cannot write the output: No space"));
  }
  Output out;
  Output err;
  EXPECT_EQ(RunCommandLine(EnvironmentOf(setup), kTokenize,
                           {folder, out.fd(), err.fd()}),
            ExitCode::kInternal);
  EXPECT_THAT(err.Take(), HasSubstr("cannot read the input: "));
  close(full);
  close(folder);
}

TEST(RunFailure, NeverQuotesACardNumber) {
  // RunCommand looks at stderr. panvaultd does not say such a thing.
  const client::FakeSetup setup({.script = [](const std::string&, int) {
    return client::RpcError(grpc::StatusCode::INVALID_ARGUMENT,
                            v1::ERROR_REASON_PAN_LUHN,
                            "cards 4111111111111111, 411111111111");
  }});
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{
           {"tokenize", "--profile", kPan, kPan},
           {"tokenize", "--profile", "cards", "--context", kPan, kPan},
           {"detokenize", "--profile", kPan, "--reveal", "full", kPan},
           {"validate", "--profile", kPan, kPan},
           {"profile", "create", kPan, "--keep", "none"},
           {"profile", "show", kPan},
           {"key", "list", "--profile", kPan},
           {"profile", "list", "--svid", "/4111111111111111"},
           {"profile", "list", "--server-id", kPan},
           {"profile", "list", "--timeout", kPan},
           {kPan}}) {
    for (const std::string output : {"text", "json"}) {
      std::vector<std::string> with_output = args;
      with_output.insert(with_output.end(), {"--output", output});
      const Outcome outcome = RunCommand(setup, with_output, kPanLine);
      EXPECT_EQ(outcome.code, ExitCode::kUsage) << args[0];
      EXPECT_THAT(outcome.out, Not(HasSubstr("1111"))) << args[0];
    }
  }
}

}  // namespace
}  // namespace panvault::cli
