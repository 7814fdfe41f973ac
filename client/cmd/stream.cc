#include "client/cmd/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cmd/line_reader.h"
#include "client/wipe.h"

namespace panvault::cli {
namespace {

// Every worker runs the same loop: read the next batch (one at a time), process
// it (side by side), write it when all earlier ones are written.
class Pipeline {
 public:
  Pipeline(LineReader& reader, const BatchFunction& process,
           const StreamOptions& options)
      : process_(process), options_(options), reader_(reader) {}

  StreamResult Run() {
    std::vector<std::thread> workers;
    workers.reserve(static_cast<size_t>(options_.in_flight));
    for (int i = 0; i < options_.in_flight; ++i) {
      workers.emplace_back([this] { Work(); });
    }
    for (std::thread& worker : workers) worker.join();
    return result_;
  }

 private:
  void Work() {
    LineBatch batch;
    BatchOutput output;
    for (;;) {
      uint64_t turn = 0;
      absl::Status status = ReadNext(batch, turn);
      if (batch.size() == 0 && status.ok()) return;
      if (status.ok()) status = process_(batch, output);
      const bool go_on = WriteInTurn(turn, batch, output, status);
      client::Wipe(output.text);
      output.refused.clear();
      if (!go_on) return;
    }
  }

  // Leaves the batch empty at the end of the input.
  absl::Status ReadNext(LineBatch& batch, uint64_t& turn) {
    const std::lock_guard lock(read_mutex_);
    batch.Clear();
    if (ended_) return absl::OkStatus();
    const absl::StatusOr<bool> more = reader_.Read(stopped_, batch);
    turn = turns_given_++;
    if (!more.ok() || !*more) ended_ = true;
    return more.status();
  }

  // Returns false if the pipeline has ended early.
  bool WriteInTurn(uint64_t turn, const LineBatch& batch,
                   const BatchOutput& output, const absl::Status& status) {
    std::unique_lock lock(write_mutex_);
    turn_changed_.wait(lock, [&] { return stopped_ || turn_ == turn; });
    if (stopped_) return false;
    result_.status = status;
    if (status.ok()) {
      result_.status = WriteOutput(options_.output_fd, output.text);
      result_.output_closed = absl::IsCancelled(result_.status);
    }
    if (result_.status.ok()) {
      result_.lines += batch.size();
      for (const auto& [reason, count] : output.refused) {
        result_.refused[reason] += count;
      }
      if (options_.on_written) {
        options_.on_written(result_.lines, batch.input_bytes());
      }
      ++turn_;
    } else {
      // All earlier turns are over, and no later one may write now.
      stopped_ = true;
    }
    turn_changed_.notify_all();
    return result_.status.ok();
  }

  const BatchFunction& process_;
  const StreamOptions& options_;

  std::atomic<bool> stopped_ = false;

  std::mutex read_mutex_;  // Guards reader_, ended_ and turns_given_.
  LineReader& reader_;
  bool ended_ = false;
  uint64_t turns_given_ = 0;

  std::mutex write_mutex_;  // Guards the output, turn_ and result_.
  std::condition_variable turn_changed_;
  uint64_t turn_ = 0;
  StreamResult result_;
};

}  // namespace

absl::Status WriteOutput(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote >= 0) {
      text.remove_prefix(static_cast<size_t>(wrote));
    } else if (errno == EAGAIN) {
      pollfd output{fd, POLLOUT, 0};
      poll(&output, 1, -1);
    } else if (errno == EPIPE) {
      return absl::CancelledError("the output was closed");
    } else if (errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("cannot write the output: ", strerror(errno)));
    }
  }
  return absl::OkStatus();
}

StreamResult RunStream(LineReader& reader, const BatchFunction& process,
                       const StreamOptions& options) {
  return Pipeline(reader, process, options).Run();
}

}  // namespace panvault::cli
