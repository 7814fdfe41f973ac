// IdentityReload: keeps a LiveIdentity in step with the files it is read from.
//
// A set of files is served with as a whole or not at all. What is torn, empty,
// expired or does not belong together changes nothing but the alarm.

#ifndef PANVAULT_SERVER_IDENTITY_RELOAD_H_
#define PANVAULT_SERVER_IDENTITY_RELOAD_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/config.h"
#include "server/identity_files.h"
#include "server/live_identity.h"
#include "server/source_alarm.h"

namespace panvault::server {

// Puts `tls` in force and says so, with what may be told of it.
absl::Status SwapAndTell(LiveIdentity& identity, SourceAlarm& alarm,
                         ServerTls tls, absl::Time now);

// Not thread-safe.
class IdentityReload final {
 public:
  // Both are borrowed.
  IdentityReload(TlsFiles files, LiveIdentity& identity, SourceAlarm& alarm)
      : files_(std::move(files)), identity_(identity), alarm_(alarm) {}

  // Reads the files, and swaps the identity if they hold another good one.
  // Why they do not, if they hold neither that nor the one in force; also told
  // to the alarm, but for the first time of all.
  absl::Status Poll(absl::Time now);

 private:
  // Nothing if the files hold what is in force.
  absl::Status Reload(absl::Time now);

  const TlsFiles files_;
  LiveIdentity& identity_;
  SourceAlarm& alarm_;
  std::optional<IdentityReading> in_force_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_IDENTITY_RELOAD_H_
