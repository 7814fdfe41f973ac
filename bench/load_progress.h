// The line that a terminal shows while a run goes on.

#ifndef PANVAULT_BENCH_LOAD_PROGRESS_H_
#define PANVAULT_BENCH_LOAD_PROGRESS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "bench/driver.h"

namespace panvault::bench {

// "unary_tokenize: 2.3 of 6.0 s, 24103 calls, 64 out", and errors if any.
std::string RenderLoadProgress(absl::string_view what,
                               const LoadProgress& progress);

// One line of a file descriptor, drawn over. Not thread-safe.
class ProgressLine final {
 public:
  struct Options {
    int fd = 2;
    // False draws nothing: the descriptor is not a terminal.
    bool enabled = false;
  };
  explicit ProgressLine(const Options& options) : options_(options) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { Clear(); }

  void Show(absl::string_view text);
  void Clear();

 private:
  void Write(absl::string_view text) const;

  const Options options_;
  bool shown_ = false;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_LOAD_PROGRESS_H_
