#include "server/readings.h"

#include <memory>

#include "absl/time/civil_time.h"

namespace panvault::server {

Readings TakeReadings(const Gauged& gauged, absl::Time now) {
  Readings readings;
  readings.connections_open = gauged.server.connections().size();
  readings.connections_opened = gauged.server.connections().opened();
  readings.identity = gauged.sources.identity_numbers();
  readings.access = gauged.sources.access_numbers();
  if (const auto facts = gauged.identity.facts(); facts.has_value()) {
    readings.svid_not_after = facts->not_after;
  }
  const std::shared_ptr<const AccessPolicy> access = gauged.access.Get();
  readings.callers = access->caller_count();
  readings.reviews_overdue =
      access->OverdueOn(absl::ToCivilDay(now, absl::UTCTimeZone())).size();
  readings.keysets_age = gauged.keysets.age();
  readings.keysets_age_max = gauged.config.max_key_staleness;
  readings.batches_waiting = gauged.server.batches_waiting();
  readings.batch_queue_max = gauged.config.batch_queue;
  return readings;
}

}  // namespace panvault::server
