// The progress line on a terminal: lines done, rate, percent and time to go.

#ifndef PANVAULT_CLIENT_CMD_PROGRESS_H_
#define PANVAULT_CLIENT_CMD_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace panvault::cli {

struct ProgressState {
  uint64_t lines = 0;
  uint64_t input_bytes = 0;
  // 0 if unknown, as for a pipe.
  uint64_t input_bytes_total = 0;
  absl::Duration elapsed;
};

// "1,234,567 lines  512,000/s  41%  ETA 0:12", without an end-of-line.
std::string RenderProgress(const ProgressState& state);

// "1,234,567 lines in 2.4 s (512,000/s)".
std::string RenderSummary(const ProgressState& state);

// Draws on a file descriptor, some ten times a second. Not thread-safe.
class Progress final {
 public:
  struct Options {
    int fd = 2;
    // False draws nothing: the descriptor is not a terminal.
    bool enabled = false;
    uint64_t input_bytes_total = 0;
  };
  explicit Progress(const Options& options);

  void Update(uint64_t lines, uint64_t input_bytes);
  // Clears the line; with `summary`, writes RenderSummary in its place.
  void Finish(bool summary);

 private:
  const Options options_;
  const absl::Time start_;
  ProgressState state_;
  absl::Time drawn_;
};

// The size of a regular file behind `fd`, from its present position; 0 for
// anything else.
uint64_t RemainingBytes(int fd);

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_PROGRESS_H_
