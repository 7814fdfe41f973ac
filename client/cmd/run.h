// Carries out one command line.

#ifndef PANVAULT_CLIENT_CMD_RUN_H_
#define PANVAULT_CLIENT_CMD_RUN_H_

#include "client/cmd/exit_code.h"
#include "client/cmd/options.h"

namespace panvault::cli {

// The three standard streams, so that tests can give others.
struct Io {
  int in_fd = 0;
  int out_fd = 1;
  int err_fd = 2;
};

// Prints what a command line that ends here was answered: on stdout if it is
// what was asked for, else on stderr.
ExitCode Show(const Answer& answer, const Io& io);

// Reads and writes as `panvault --help` says. SIGPIPE must be ignored.
ExitCode Run(const Options& options, const Io& io);

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_RUN_H_
