#include "client/cmd/line_reader.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/wipe.h"

namespace panvault::cli {
namespace {

constexpr size_t kBufferBytes = size_t{64} * 1024;
// How often a wait for input looks at `stop`.
constexpr int kStopCheckMs = 100;

}  // namespace

void LineBatch::Clear() {
  client::Wipe(bytes_);
  lines_.clear();
}

void LineBatch::Add(absl::string_view line) {
  // Growing by hand, so that the bytes that are left behind can be wiped.
  if (bytes_.size() + line.size() > bytes_.capacity()) {
    std::string grown;
    grown.reserve(std::max(2 * bytes_.capacity(), kBufferBytes));
    grown = bytes_;
    client::Wipe(bytes_);
    bytes_.swap(grown);
  }
  lines_.push_back({bytes_.size(), line.size(), false});
  bytes_.append(line.data(), line.size());
}

void LineBatch::AddTooLong() { lines_.push_back({bytes_.size(), 0, true}); }

LineReader::LineReader(int fd, Limits limits) : fd_(fd), limits_(limits) {
  buffer_.resize(kBufferBytes);
  partial_.reserve(kLineBytesMax + 2);
}

LineReader::~LineReader() {
  client::Wipe(buffer_);
  client::Wipe(partial_);
}

absl::StatusOr<bool> LineReader::Read(const std::atomic<bool>& stop,
                                      LineBatch& batch) {
  batch.Clear();
  const uint64_t first_line = lines_ + 1;
  for (;;) {
    TakeLines(batch);
    if (batch.size() >= limits_.batch_lines_max) break;
    const Fill fill = FillBuffer(stop, batch.size() > 0);
    if (fill == Fill::kData) continue;
    if (fill == Fill::kStopped) {
      batch.Clear();  // Nobody wants these lines any more.
      return false;
    }
    if (fill == Fill::kEnd && in_line_) FinishLine(batch);
    if (fill == Fill::kFailed && batch.size() == 0) {
      return absl::InternalError(
          absl::StrCat("cannot read the input: ", strerror(errno)));
    }
    break;
  }
  batch.SetPosition(first_line, bytes_);
  return batch.size() > 0;
}

LineReader::Fill LineReader::FillBuffer(const std::atomic<bool>& stop,
                                        bool may_linger) {
  for (;;) {
    if (stop.load()) return Fill::kStopped;
    pollfd input{fd_, POLLIN, 0};
    const int wait_ms =
        may_linger ? static_cast<int>(absl::ToInt64Milliseconds(limits_.linger))
                   : kStopCheckMs;
    const int ready = poll(&input, 1, wait_ms);
    if (ready < 0 && errno != EINTR) return Fill::kFailed;
    if (ready == 0 && may_linger) return Fill::kIdle;
    if (ready <= 0) continue;
    const ssize_t got = read(fd_, buffer_.data(), buffer_.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return Fill::kFailed;
    if (got == 0) return Fill::kEnd;
    begin_ = 0;
    end_ = static_cast<size_t>(got);
    return Fill::kData;
  }
}

// Moves whole lines from the buffer to the batch until one of them is at its
// end; a line without its end goes to partial_.
void LineReader::TakeLines(LineBatch& batch) {
  while (begin_ < end_ && batch.size() < limits_.batch_lines_max) {
    const absl::string_view unread(buffer_.data() + begin_, end_ - begin_);
    const size_t newline = unread.find('\n');
    const absl::string_view part = unread.substr(0, newline);
    // One byte over the limit for a CR, one more to know that it is broken.
    const size_t room = kLineBytesMax + 2 - partial_.size();
    partial_.append(part.data(), std::min(room, part.size()));
    in_line_ = true;
    const bool ended = newline != absl::string_view::npos;
    const size_t taken = part.size() + (ended ? 1 : 0);
    begin_ += taken;
    bytes_ += taken;
    if (ended) FinishLine(batch);
  }
}

void LineReader::FinishLine(LineBatch& batch) {
  absl::string_view line = partial_;
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.size() > kLineBytesMax) {
    batch.AddTooLong();
  } else {
    batch.Add(line);
  }
  // Cleared, not wiped, for speed; the destructor wipes it.
  partial_.clear();
  in_line_ = false;
  ++lines_;
}

}  // namespace panvault::cli
