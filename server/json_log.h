// JsonLog: one JSON object a line on a file descriptor.
//
// Escaping is nlohmann/json's, so that no value can end a line or a field. What
// goes in is up to the caller: there is no redaction here, and there must be
// nothing to redact.

#ifndef PANVAULT_SERVER_JSON_LOG_H_
#define PANVAULT_SERVER_JSON_LOG_H_

#include <chrono>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json_fwd.hpp"
#include "server/json_line.h"

namespace panvault::server {

// How long a call of Write may wait for a reader that has stopped reading.
// After one that waited in vain no other waits until a line was written:
// whoever stops reading holds up calls, handshakes and the acceptor once, not
// with each line.
inline constexpr absl::Duration kLogWriteTimeout = absl::Seconds(2);

// Thread-safe: lines never mix.
class JsonLog final {
 public:
  // `fd` is borrowed, and may be blocking or not.
  explicit JsonLog(int fd);

  // Writes a line that is complete already. kUnavailable as below.
  absl::Status Write(JsonLine line);

  // Writes {"time":...,"event":`event`, and the members of `fields`, an object
  // or null. kUnavailable if the whole line could not be written.
  absl::Status Write(absl::string_view event,
                     const nlohmann::ordered_json& fields);

 private:
  absl::Status WriteText(std::string text);
  // Only with mutex_ held.
  absl::Status WriteAll(absl::string_view text,
                        std::chrono::steady_clock::time_point deadline);

  const int fd_;
  const bool never_blocks_;  // A regular file: no need to ask.

  // Guards all below, and the descriptor.
  std::mutex mutex_;
  // The last line was cut off: the next one must not continue it.
  bool torn_ = false;
  bool stuck_ = false;  // The last line was not written in time.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_JSON_LOG_H_
