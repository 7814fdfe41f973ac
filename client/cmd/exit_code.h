// The exit codes of the command `panvault`, as in `panvault --help`.

#ifndef PANVAULT_CLIENT_CMD_EXIT_CODE_H_
#define PANVAULT_CLIENT_CMD_EXIT_CODE_H_

#include "absl/status/status.h"

namespace panvault::cli {

enum class ExitCode : int {
  kOk = 0,
  kItemsRefused = 1,  // Some items were refused; the others were served.
  kUsage = 2,         // The command line, or a call, is wrong in form.
  kUnavailable = 3,   // No connection, overloaded, or the deadline has passed.
  kDenied = 4,        // No identity, no grant, or a failed handshake.
  kNotFound = 5,      // Not found, exists already, or not in this state.
  kInternal = 6,      // Data loss, a defect, or reading or writing failed.
  // The reader of stdout went away, as `head` does: what a shell shows for
  // SIGPIPE. Nothing is printed.
  kOutputClosed = 141,
};

// For a call that failed as a whole.
ExitCode ExitCodeFor(const absl::Status& status);

// The table for --help.
extern const char kExitCodeHelp[];

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_EXIT_CODE_H_
