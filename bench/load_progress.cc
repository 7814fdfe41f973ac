#include "bench/load_progress.h"

#include <unistd.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace panvault::bench {
namespace {

double Seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

std::string RenderLoadProgress(absl::string_view what,
                               const LoadProgress& progress) {
  std::string text = absl::StrFormat(
      "%s: %.1f of %.1f s, %d calls, %d out", what, Seconds(progress.elapsed),
      Seconds(progress.total), progress.calls, progress.in_flight);
  if (progress.errors > 0) {
    absl::StrAppend(&text, ", ", progress.errors, " errors");
  }
  return text;
}

void ProgressLine::Show(absl::string_view text) {
  if (!options_.enabled) return;
  Write(absl::StrCat("\r", text, "\x1b[K"));
  shown_ = true;
}

void ProgressLine::Clear() {
  if (!shown_) return;
  Write("\r\x1b[K");
  shown_ = false;
}

void ProgressLine::Write(absl::string_view text) const {
  // A terminal that is gone is no reason to stop measuring.
  [[maybe_unused]] const ssize_t wrote =
      write(options_.fd, text.data(), text.size());
}

}  // namespace panvault::bench
