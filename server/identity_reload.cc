#include "server/identity_reload.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace panvault::server {

absl::Status SwapAndTell(LiveIdentity& identity, SourceAlarm& alarm,
                         ServerTls tls, absl::Time now) {
  const nlohmann::ordered_json told = {
      {"spiffe_id", tls.id.text()},
      {"serial", tls.serial},
      {"not_after",
       absl::FormatTime(absl::RFC3339_sec, tls.not_after, absl::UTCTimeZone())},
      {"trust_domains", tls.bundles->size()},
      {"anchors", tls.anchor_count()}};
  if (absl::Status swapped = identity.Swap(std::move(tls)); !swapped.ok()) {
    return swapped;
  }
  nlohmann::ordered_json fields = told;
  fields["key_memory_locked"] = identity.key_locked();
  alarm.Loaded(now, fields);
  return absl::OkStatus();
}

absl::Status IdentityReload::Poll(absl::Time now) {
  const absl::Status status = Reload(now);
  if (!status.ok() && in_force_.has_value()) alarm_.Failed(now, status);
  return status;
}

absl::Status IdentityReload::Reload(absl::Time now) {
  absl::StatusOr<IdentityReading> reading = ReadIdentityFiles(files_);
  if (!reading.ok()) return reading.status();
  if (in_force_.has_value() && *reading == *in_force_) {
    alarm_.Unchanged(now);
    return absl::OkStatus();
  }
  absl::StatusOr<ServerTls> tls = ValidateReading(files_, *reading, now);
  if (!tls.ok()) return tls.status();
  absl::Status swapped = SwapAndTell(identity_, alarm_, *std::move(tls), now);
  if (swapped.ok()) in_force_ = *std::move(reading);
  return swapped;
}

}  // namespace panvault::server
