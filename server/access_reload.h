// AccessReload: keeps the list of callers in step with access.yaml.
//
// A file with a mistake changes nothing but the alarm: a caller that was
// removed in it is still served, which is why the alarm has to be heard.

#ifndef PANVAULT_SERVER_ACCESS_RELOAD_H_
#define PANVAULT_SERVER_ACCESS_RELOAD_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/access_policy.h"
#include "server/source_alarm.h"

namespace panvault::server {

// Not thread-safe.
class AccessReload final {
 public:
  // `access` and `alarm` are borrowed. `on_change` is called after each change;
  // may be empty. The first Poll that works counts as a change.
  AccessReload(std::string path, AccessPolicyHolder& access, SourceAlarm& alarm,
               std::function<void()> on_change)
      : path_(std::move(path)),
        access_(access),
        alarm_(alarm),
        on_change_(std::move(on_change)) {}

  // Reads the file, and swaps the policy if it holds another good one. Why it
  // does not, if it holds neither that nor the one in force.
  absl::Status Poll(absl::Time now);

 private:
  absl::Status Reload(absl::Time now);

  const std::string path_;
  AccessPolicyHolder& access_;
  SourceAlarm& alarm_;
  const std::function<void()> on_change_;
  std::optional<std::string> in_force_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_ACCESS_RELOAD_H_
