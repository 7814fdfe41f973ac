// Lines from a file descriptor, in batches that fit one call.
//
// Memory is bounded whatever the input: a longer line than a card number and a
// key version can make is not kept, only counted.

#ifndef PANVAULT_CLIENT_CMD_LINE_READER_H_
#define PANVAULT_CLIENT_CMD_LINE_READER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace panvault::cli {

// 19 digits, a tab and a key version are 30; the rest is for the server to
// name what is wrong with the line.
inline constexpr size_t kLineBytesMax = 64;

// Some lines of the input. Not thread-safe. Wiped when cleared or destroyed.
class LineBatch final {
 public:
  LineBatch() = default;
  LineBatch(const LineBatch&) = delete;
  LineBatch& operator=(const LineBatch&) = delete;
  ~LineBatch() { Clear(); }

  size_t size() const { return lines_.size(); }
  // Without its end-of-line. Empty if too_long().
  absl::string_view line(size_t i) const {
    return absl::string_view(bytes_).substr(lines_[i].begin, lines_[i].size);
  }
  bool too_long(size_t i) const { return lines_[i].too_long; }
  // The number of line(0) in the input, from 1.
  uint64_t first_line() const { return first_line_; }
  // How much of the input was read up to the end of this batch.
  uint64_t input_bytes() const { return input_bytes_; }

  void Clear();
  void Add(absl::string_view line);
  void AddTooLong();
  void SetPosition(uint64_t first_line, uint64_t input_bytes) {
    first_line_ = first_line;
    input_bytes_ = input_bytes;
  }

 private:
  struct Line {
    size_t begin;
    size_t size;
    bool too_long;
  };
  std::string bytes_;
  std::vector<Line> lines_;
  uint64_t first_line_ = 1;
  uint64_t input_bytes_ = 0;
};

// Not thread-safe.
class LineReader final {
 public:
  struct Limits {
    size_t batch_lines_max = 10'000;
    // A batch is sent when so much time passes without more input, so that a
    // person or a slow producer gets answers line by line.
    absl::Duration linger = absl::Milliseconds(20);
  };
  // `fd` is borrowed.
  LineReader(int fd, Limits limits);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  // Replaces `batch` by the next 1 to batch_lines_max lines. Lines end with LF
  // or CRLF; the last one may lack it. False, with an empty batch, at the end
  // of the input and when `stop` became true while waiting. Errors: kInternal
  // if reading fails; the lines before the failure have been returned.
  absl::StatusOr<bool> Read(const std::atomic<bool>& stop, LineBatch& batch);

 private:
  enum class Fill { kData, kEnd, kIdle, kStopped, kFailed };
  Fill FillBuffer(const std::atomic<bool>& stop, bool may_linger);
  void TakeLines(LineBatch& batch);
  void FinishLine(LineBatch& batch);

  const int fd_;
  const Limits limits_;
  std::string buffer_;
  size_t begin_ = 0;  // The unread part of buffer_ is [begin_, end_).
  size_t end_ = 0;
  std::string partial_;  // The line being read, up to kLineBytesMax + 1 and CR.
  bool in_line_ = false;
  uint64_t lines_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_LINE_READER_H_
