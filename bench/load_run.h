// panvault-load from its options to its exit code.

#ifndef PANVAULT_BENCH_LOAD_RUN_H_
#define PANVAULT_BENCH_LOAD_RUN_H_

#include <iosfwd>

#include "bench/load_options.h"

namespace panvault::bench {

struct LoadIo {
  std::ostream& out;
  std::ostream& err;
  // Draws progress on stderr.
  bool terminal = false;
};

// The exit codes are those of --help. A run with errors prints no figures and
// writes no report.
int RunPanvaultLoad(const LoadOptions& options, const LoadIo& io);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_LOAD_RUN_H_
