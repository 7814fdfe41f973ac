#include "server/json_log.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

namespace panvault::server {
namespace {

// False if `fd` takes no more bytes before `deadline`.
bool WaitWritable(int fd, absl::Time deadline) {
  pollfd poll_fd = {.fd = fd, .events = POLLOUT, .revents = 0};
  const absl::Duration left = deadline - absl::Now();
  if (left <= absl::ZeroDuration()) return false;
  const auto left_ms = static_cast<int>(absl::ToInt64Milliseconds(left)) + 1;
  const int ready = poll(&poll_fd, 1, left_ms);
  return ready > 0 || (ready < 0 && errno == EINTR);
}

}  // namespace

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
  const std::lock_guard<std::mutex> lock(mutex_);
  if (torn_) text.insert(0, 1, '\n');
  return WriteLine(text);
}

absl::Status JsonLog::WriteLine(absl::string_view line) {
  const absl::Time deadline = absl::Now() + kLogWriteTimeout;
  size_t done = 0;
  while (done < line.size()) {
    const ssize_t written = write(fd_, line.data() + done, line.size() - done);
    if (written >= 0) {
      done += static_cast<size_t>(written);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN && WaitWritable(fd_, deadline)) continue;
    torn_ = torn_ || done > 0;
    return absl::UnavailableError("the log cannot be written");
  }
  torn_ = false;
  return absl::OkStatus();
}

}  // namespace panvault::server
