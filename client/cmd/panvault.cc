// The command `panvault`; see --help.

#include <signal.h>
#include <stdlib.h>

#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "client/cmd/exit_code.h"
#include "client/cmd/harden.h"
#include "client/cmd/options.h"
#include "client/cmd/run.h"

int main(int argc, char** argv) {
  using namespace panvault::cli;  // NOLINT(google-build-using-namespace)
  ScrubEnvironment();
  if (const absl::Status status = ForbidMemoryDumps(); !status.ok()) {
    std::cerr << "panvault: " << status.message() << "\n";
    return static_cast<int>(ExitCode::kInternal);
  }
  SilenceGrpcLog();
  signal(SIGPIPE, SIG_IGN);

  const auto parsed = ParseCommandLine(
      std::vector<std::string>(argv + 1, argv + argc), [](const char* name) {
        const char* value = getenv(name);
        return std::string(value == nullptr ? "" : value);
      });
  if (const Answer* answer = std::get_if<Answer>(&parsed)) {
    return static_cast<int>(Show(*answer, Io{}));
  }
  return static_cast<int>(Run(std::get<Options>(parsed), Io{}));
}
