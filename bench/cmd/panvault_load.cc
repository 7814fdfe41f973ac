// The command `panvault-load`; see --help.

#include <stdlib.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "bench/load_options.h"
#include "bench/load_run.h"
#include "client/cmd/harden.h"

int main(int argc, char** argv) {
  // GRPC_* variables would change what is measured.
  panvault::cli::ScrubEnvironment();
  panvault::cli::SilenceGrpcLog();
  // As the server does: Debian's abseil looks for lock cycles in every call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  const auto parsed = panvault::bench::ParseLoadOptions(
      std::vector<std::string>(argv + 1, argv + argc), [](const char* name) {
        const char* value = getenv(name);
        return std::string(value == nullptr ? "" : value);
      });
  if (const auto* answer = std::get_if<panvault::bench::LoadAnswer>(&parsed)) {
    (answer->code == 0 ? std::cout : std::cerr) << answer->text;
    return answer->code;
  }
  return panvault::bench::RunPanvaultLoad(
      std::get<panvault::bench::LoadOptions>(parsed),
      {.out = std::cout,
       .err = std::cerr,
       .terminal = isatty(STDERR_FILENO) == 1});
}
