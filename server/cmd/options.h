// The command line of `panvaultd`.

#ifndef PANVAULT_SERVER_CMD_OPTIONS_H_
#define PANVAULT_SERVER_CMD_OPTIONS_H_

#include <string>
#include <variant>
#include <vector>

namespace panvault::server {

enum class Command {
  kServe,
  kMigrate,
  kHealth,
  kDev,
};

// In the order of panvaultd --help.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,  // What went wrong is on stderr.
  kUsage = 2,
};

struct Options {
  Command command = Command::kServe;
  std::string config_path;  // Of serve, migrate and health.
  bool alive = false;       // Of health: any answer will do.
  // Of dev.
  std::string state_dir;
  std::string listen;         // Empty: not given.
  std::string health_listen;  // Likewise.
  std::string ready_file;     // Empty: none.
};

// A command line that ends here: help, the version, or what is wrong with it.
struct EarlyEnd {
  ExitCode code = ExitCode::kOk;
  std::string text;
};

// `args` without the program's name. Thread-safe.
std::variant<Options, EarlyEnd> ParseCommandLine(std::vector<std::string> args);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CMD_OPTIONS_H_
