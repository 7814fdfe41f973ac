#include "client/cmd/progress.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace panvault::cli {
namespace {

constexpr absl::Duration kRedraw = absl::Milliseconds(100);

std::string WithCommas(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t end = digits.size(); end > 3; end -= 3) {
    digits.insert(end - 3, 1, ',');
  }
  return digits;
}

uint64_t RateOf(const ProgressState& state) {
  const double seconds = absl::ToDoubleSeconds(state.elapsed);
  if (seconds <= 0) return 0;
  return static_cast<uint64_t>(static_cast<double>(state.lines) / seconds);
}

void Draw(int fd, const std::string& text) {
  // A terminal that is gone is no reason to stop the work.
  [[maybe_unused]] const ssize_t wrote = write(fd, text.data(), text.size());
}

}  // namespace

std::string RenderProgress(const ProgressState& state) {
  std::string text = absl::StrCat(WithCommas(state.lines), " lines  ",
                                  WithCommas(RateOf(state)), "/s");
  if (state.input_bytes_total == 0 || state.input_bytes == 0) return text;
  const double done =
      std::min(1.0, static_cast<double>(state.input_bytes) /
                        static_cast<double>(state.input_bytes_total));
  const absl::Duration left = state.elapsed * ((1 - done) / done);
  const auto seconds = absl::ToInt64Seconds(absl::Ceil(left, absl::Seconds(1)));
  absl::StrAppendFormat(&text, "  %d%%  ETA %d:%02d",
                        static_cast<int>(done * 100), seconds / 60,
                        seconds % 60);
  return text;
}

std::string RenderSummary(const ProgressState& state) {
  return absl::StrFormat("%s lines in %.1f s (%s/s)", WithCommas(state.lines),
                         absl::ToDoubleSeconds(state.elapsed),
                         WithCommas(RateOf(state)));
}

Progress::Progress(const Options& options)
    : options_(options), start_(absl::Now()), drawn_(start_) {
  state_.input_bytes_total = options.input_bytes_total;
}

void Progress::Update(uint64_t lines, uint64_t input_bytes) {
  state_.lines = lines;
  state_.input_bytes = input_bytes;
  const absl::Time now = absl::Now();
  if (!options_.enabled || now - drawn_ < kRedraw) return;
  drawn_ = now;
  state_.elapsed = now - start_;
  Draw(options_.fd, absl::StrCat("\r", RenderProgress(state_), "\x1b[K"));
}

void Progress::Finish(bool summary) {
  if (!options_.enabled) return;
  state_.elapsed = absl::Now() - start_;
  Draw(options_.fd, summary
                        ? absl::StrCat("\r", RenderSummary(state_), "\x1b[K\n")
                        : "\r\x1b[K");
}

uint64_t RemainingBytes(int fd) {
  struct stat info = {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  const off_t position = std::max<off_t>(0, lseek(fd, 0, SEEK_CUR));
  return static_cast<uint64_t>(std::max<off_t>(0, info.st_size - position));
}

}  // namespace panvault::cli
