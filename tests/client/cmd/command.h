// Runs a command line of `panvault` inside the test, with streams of its own.

#ifndef PANVAULT_TESTS_CLIENT_CMD_COMMAND_H_
#define PANVAULT_TESTS_CLIENT_CMD_COMMAND_H_

#include <signal.h>

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "client/cmd/exit_code.h"
#include "client/cmd/options.h"
#include "client/cmd/run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/cmd/pipe.h"
#include "tests/client/fake_vault.h"

namespace panvault::cli {

struct Outcome {
  ExitCode code;
  std::string out;
  std::string err;
};

// The environment of a user that `setup` knows.
inline std::map<std::string, std::string> EnvironmentOf(
    const client::FakeSetup& setup) {
  return {{"PANVAULT_ADDRESS", setup.vault.address()},
          {"PANVAULT_SERVER_ID", client::kServerId},
          {"PANVAULT_IDENTITY", setup.dir.path()}};
}

// As main does it.
inline ExitCode RunCommandLine(
    const std::map<std::string, std::string>& environment,
    std::vector<std::string> args, const Io& io) {
  signal(SIGPIPE, SIG_IGN);
  const auto parsed = ParseCommandLine(std::move(args), [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  });
  if (const Answer* answer = std::get_if<Answer>(&parsed)) {
    return Show(*answer, io);
  }
  return Run(std::get<Options>(parsed), io);
}

// Runs the command with `input` on stdin. Whatever it does, it must not show on
// stderr what these tests use as card numbers: all of them hold "1111".
inline Outcome RunCommand(const client::FakeSetup& setup,
                          std::vector<std::string> args,
                          const std::string& input = "") {
  const Input in(input);
  Output out;
  Output err;
  Outcome outcome;
  outcome.code = RunCommandLine(EnvironmentOf(setup), std::move(args),
                                {in.fd(), out.fd(), err.fd()});
  outcome.out = out.Take();
  outcome.err = err.Take();
  EXPECT_THAT(outcome.err, ::testing::Not(::testing::HasSubstr("1111")));
  return outcome;
}

}  // namespace panvault::cli

#endif  // PANVAULT_TESTS_CLIENT_CMD_COMMAND_H_
