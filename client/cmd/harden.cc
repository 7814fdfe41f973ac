#include "client/cmd/harden.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"

namespace panvault::cli {

void ScrubEnvironment() {
  std::vector<std::string> names;
  for (char** variable = environ; variable != nullptr && *variable != nullptr;
       ++variable) {
    const absl::string_view entry(*variable);
    const absl::string_view name = entry.substr(0, entry.find('='));
    if (absl::StartsWith(name, "GRPC_") || name == "SSLKEYLOGFILE") {
      names.emplace_back(name);
    }
  }
  for (const std::string& name : names) unsetenv(name.c_str());
}

absl::Status ForbidMemoryDumps() {
  const rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 ||
      prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return absl::InternalError("cannot switch core files off");
  }
  return absl::OkStatus();
}

void SilenceGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* /*args*/) {});
  google::protobuf::SetLogHandler(nullptr);
}

}  // namespace panvault::cli
