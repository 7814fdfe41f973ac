// SourceAlarm: what the log and the metrics say about something that is
// read again while the server runs: its identity, its list of callers.
//
// A source that fails is no reason to stop, and every reason to be loud: what
// was good is kept, and grows old.

#ifndef PANVAULT_SERVER_SOURCE_ALARM_H_
#define PANVAULT_SERVER_SOURCE_ALARM_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/json_log.h"

namespace panvault::server {

// A failure that lasts is logged again after this time: often enough for an
// alert on recent lines, and no flood.
inline constexpr absl::Duration kAlarmRepeat = absl::Seconds(60);

struct SourceNumbers {
  uint64_t loads = 0;
  uint64_t failures = 0;  // Failed attempts, logged or not.
  bool failing = false;   // The last attempt failed.
  absl::Time loaded_at = absl::InfinitePast();  // Of what is in force.
};

// Thread-safe.
class SourceAlarm final {
 public:
  // Lines are `name`_loaded, `name`_reload_failed and `name`_reload_recovered.
  // `log` is borrowed.
  SourceAlarm(JsonLog& log, absl::string_view name) : log_(log), name_(name) {}

  // A new content is in force. `fields` say which; never a secret.
  void Loaded(absl::Time now, const nlohmann::ordered_json& fields);

  // What was in force still is, or again: no line, unless the source had
  // failed before.
  void Unchanged(absl::Time now);

  // An attempt failed. One line per distinct reason, with the age of what is
  // kept, and one every kAlarmRepeat. `reason` names sources, never values.
  void Failed(absl::Time now, const absl::Status& reason);

  // Repeats the line of a failure that lasts, if it is time. For sources that
  // do not try again by themselves.
  void Tick(absl::Time now);

  SourceNumbers numbers() const;

 private:
  // Only with mutex_ held.
  void LogFailure(absl::Time now);

  JsonLog& log_;
  const std::string name_;

  // Guards all below; held while a line is written, so that lines are in the
  // order of events.
  mutable std::mutex mutex_;
  SourceNumbers numbers_;
  std::string reason_;
  absl::Time logged_at_ = absl::InfinitePast();  // reason_ was.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SOURCE_ALARM_H_
