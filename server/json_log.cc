#include "server/json_log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

namespace panvault::server {
namespace {

using Clock = std::chrono::steady_clock;

// What a pipe or socket that poll() calls writable takes without blocking.
constexpr size_t kChunkBytesMax = PIPE_BUF;

// False if `fd` takes no more bytes before `deadline`. Once that has passed, it
// still is looked at, but not waited for.
bool WaitWritable(int fd, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::max(deadline - Clock::now(), Clock::duration::zero()));
    pollfd poll_fd = {.fd = fd, .events = POLLOUT, .revents = 0};
    const int ready = poll(&poll_fd, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool IsRegularFile(int fd) {
  struct stat facts = {};
  return fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

}  // namespace

JsonLog::JsonLog(int fd) : fd_(fd), never_blocks_(IsRegularFile(fd)) {}

absl::Status JsonLog::Write(absl::string_view event,
                            const nlohmann::ordered_json& fields) {
  nlohmann::ordered_json line = {
      {"time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(),
                                absl::UTCTimeZone())},
      {"event", std::string(event)}};
  for (const auto& [key, value] : fields.items()) line[key] = value;
  // Bytes that are not UTF-8 are replaced, not thrown about.
  std::string text =
      line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  text.push_back('\n');
  return WriteText(std::move(text));
}

absl::Status JsonLog::Write(JsonLine line) { return WriteText(line.Take()); }

absl::Status JsonLog::WriteText(std::string text) {
  // Begins here, so that those who wait for one another do not add it up.
  const Clock::time_point now = Clock::now();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto deadline =
      stuck_ ? now : now + absl::ToChronoMilliseconds(kLogWriteTimeout);
  if (torn_) text.insert(0, 1, '\n');
  return WriteAll(text, deadline);
}

absl::Status JsonLog::WriteAll(absl::string_view text,
                               Clock::time_point deadline) {
  // poll() first: the descriptor may be one that blocks, and is not ours to
  // change, as others share it.
  size_t done = 0;
  while (done < text.size() && (never_blocks_ || WaitWritable(fd_, deadline))) {
    const ssize_t written = write(fd_, text.data() + done,
                                  std::min(text.size() - done, kChunkBytesMax));
    if (written >= 0) {
      done += static_cast<size_t>(written);
      continue;
    }
    // Someone else's line took the room.
    if ((errno == EAGAIN || errno == EINTR) && Clock::now() < deadline) {
      continue;
    }
    break;
  }
  if (done == text.size()) {
    torn_ = false;
    stuck_ = false;
    return absl::OkStatus();
  }
  stuck_ = true;
  torn_ = torn_ || done > 0;
  return absl::UnavailableError("the log cannot be written");
}

}  // namespace panvault::server
