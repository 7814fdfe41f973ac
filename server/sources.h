// Sources: where the server's identity and its list of callers come from, kept
// up to date while it serves.
//
// The identity comes from files or from the SPIFFE Workload API, as configured;
// the list of callers from access.yaml. Whatever comes is checked whole and
// swapped in one step; what is bad leaves the last good one in force, and an
// alarm in the log (source_alarm.h).

#ifndef PANVAULT_SERVER_SOURCES_H_
#define PANVAULT_SERVER_SOURCES_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access_policy.h"
#include "server/access_reload.h"
#include "server/config.h"
#include "server/expiry_watch.h"
#include "server/identity_reload.h"
#include "server/json_log.h"
#include "server/live_identity.h"
#include "server/reloader.h"
#include "server/source_alarm.h"
#include "server/workload_api_client.h"

namespace panvault::server {

// An agent that starts together with us, and attests us, needs seconds; what
// takes longer needs an operator, who hears of it by our end.
inline constexpr absl::Duration kFirstIdentityMax = absl::Seconds(60);

// Thread-safe. Has one thread of its own, and one for the Workload API.
class Sources final {
 public:
  // What is kept up to date. Borrowed, and outlives the sources.
  struct Targets {
    LiveIdentity& identity;
    AccessPolicyHolder& access;
    JsonLog& log;
  };
  struct Options {
    absl::Duration poll = kReloadPoll;
    absl::Duration first_identity_max = kFirstIdentityMax;
    // After each change of the list of callers; may be empty. That of the
    // identity is told by LiveIdentity.
    std::function<void()> on_access_change = {};
    // Whether to go on waiting for the first identity is of no use.
    std::function<bool()> stop_asked = [] { return false; };
  };

  // Returns once an identity is in force. Otherwise why there is none: of the
  // files at once, of the Workload API after first_identity_max at most;
  // kCancelled soon after stop_asked. Looks at the list of callers from then
  // on.
  static absl::StatusOr<std::unique_ptr<Sources>> Start(const Config& config,
                                                        const Targets& targets,
                                                        const Options& options);

  // For metrics.
  SourceNumbers identity_numbers() const { return identity_alarm_.numbers(); }
  SourceNumbers access_numbers() const { return access_alarm_.numbers(); }

 private:
  Sources(const Config& config, const Targets& targets, const Options& options);

  absl::Status LoadIdentity(const Config& config, const Options& options);
  void Watch(const Options& options);
  void WarnOfExpiry(absl::Time now);

  LiveIdentity& identity_;
  JsonLog& log_;
  SourceAlarm identity_alarm_;
  SourceAlarm access_alarm_;
  // One of the two.
  std::unique_ptr<IdentityReload> files_;
  std::unique_ptr<WorkloadApiClient> workload_api_;

  // Of the reloader's thread only.
  AccessReload access_;
  ExpiryWatch expiry_;

  std::unique_ptr<Reloader> reloader_;  // Last: it uses all of the above.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_SOURCES_H_
