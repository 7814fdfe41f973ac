// The pipeline behind `panvault tokenize < pans > tokens`: batches of lines go
// to the server side by side and come out in the order of the input.
//
// Memory is constant: at most `in_flight` batches exist. Nothing is read while
// all of them wait, so a slow server slows the producer down.

#ifndef PANVAULT_CLIENT_CMD_STREAM_H_
#define PANVAULT_CLIENT_CMD_STREAM_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cmd/line_reader.h"

namespace panvault::cli {

// How many items were refused, by reason.
using RefusalCounts = std::map<std::string, uint64_t>;

// What one batch of lines has become.
struct BatchOutput {
  // One output line for each input line.
  std::string text;
  RefusalCounts refused;
};

// Fills `output`, which is empty. A status other than OK means that the batch
// as a whole could not be carried out. Called from several threads at once.
using BatchFunction =
    std::function<absl::Status(const LineBatch& batch, BatchOutput& output)>;

struct StreamResult {
  // OK if the whole input was read and written. Else why it ended early.
  absl::Status status;
  // Lines of the input whose output was written; the next one is the first to
  // do again.
  uint64_t lines = 0;
  RefusalCounts refused;
  // The reader of the output went away, as `head` does.
  bool output_closed = false;
};

struct StreamOptions {
  int in_flight = 4;
  int output_fd = 1;
  // After each batch, in order: lines and bytes of the input done so far.
  std::function<void(uint64_t lines, uint64_t input_bytes)> on_written =
      nullptr;
};

// Writes all of `text`. kInternal if that fails; kCancelled if the reader of
// the output went away.
absl::Status WriteOutput(int fd, absl::string_view text);

// Runs `reader` to its end through `process`, on threads of its own.
StreamResult RunStream(LineReader& reader, const BatchFunction& process,
                       const StreamOptions& options);

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_STREAM_H_
