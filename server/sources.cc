#include "server/sources.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

namespace panvault::server {

absl::StatusOr<std::unique_ptr<Sources>> Sources::Start(
    const Config& config, const Targets& targets, const Options& options) {
  auto sources =
      std::unique_ptr<Sources>(new Sources(config, targets, options));
  const absl::Status loaded = sources->LoadIdentity(config, options);
  if (!loaded.ok()) return loaded;
  sources->Watch(options);
  return sources;
}

Sources::Sources(const Config& config, const Targets& targets,
                 const Options& options)
    : identity_(targets.identity),
      log_(targets.log),
      identity_alarm_(targets.log, "identity"),
      access_alarm_(targets.log, "access"),
      access_(config.access_file, targets.access, access_alarm_,
              options.on_access_change) {}

absl::Status Sources::LoadIdentity(const Config& config,
                                   const Options& options) {
  if (config.workload_api_socket.empty()) {
    files_ = std::make_unique<IdentityReload>(config.tls, identity_,
                                              identity_alarm_);
    return files_->Poll(absl::Now());
  }
  workload_api_ = std::make_unique<WorkloadApiClient>(
      WorkloadApiClient::Options{.socket = config.workload_api_socket,
                                 .hint = config.workload_api_hint},
      identity_, identity_alarm_);
  return workload_api_->WaitForIdentity(options.first_identity_max,
                                        options.stop_asked);
}

void Sources::Watch(const Options& options) {
  std::vector<Reloader::Poll> polls;
  if (files_ != nullptr) {
    polls.emplace_back([this](absl::Time now) {
      files_->Poll(now).IgnoreError();  // The alarm has it.
    });
  } else {
    polls.emplace_back([this](absl::Time now) {
      workload_api_->Tick(now);
      identity_alarm_.Tick(now);
    });
  }
  polls.emplace_back([this](absl::Time now) {
    access_.Poll(now).IgnoreError();  // As above.
    WarnOfExpiry(now);
  });
  reloader_ = std::make_unique<Reloader>(options.poll, std::move(polls));
}

void Sources::WarnOfExpiry(absl::Time now) {
  const std::optional<IdentityFacts> facts = identity_.facts();
  if (!facts.has_value()) return;
  if (!expiry_.IsTimeToWarn(facts->not_after, now)) return;
  // Best effort, as all lines that do not concern a call.
  log_.Write(
          "identity_expires",
          {{"spiffe_id", facts->spiffe_id},
           {"serial", facts->serial},
           {"not_after", absl::FormatTime(absl::RFC3339_sec, facts->not_after,
                                          absl::UTCTimeZone())},
           {"left_s", absl::ToInt64Seconds(facts->not_after - now)}})
      .IgnoreError();
}

}  // namespace panvault::server
