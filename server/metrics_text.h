// What a scraper reads: all of panvaultd's numbers in Prometheus' text format
// (version 0.0.4), by prometheus-cpp, which is known here only.
//
// Names and labels are an interface: the alarms and the dashboard of the chart
// go by them. Units are base units, seconds; times are seconds since 1970, so
// that ages are the scraper's to compute.

#ifndef PANVAULT_SERVER_METRICS_TEXT_H_
#define PANVAULT_SERVER_METRICS_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/metrics.h"
#include "server/source_alarm.h"

namespace panvault::server {

// What nobody counts, because it can be read when it is asked for.
struct Readings {
  size_t connections_open = 0;
  uint64_t connections_opened = 0;  // Since the start.
  SourceNumbers identity;
  SourceNumbers access;
  std::optional<absl::Time> svid_not_after;  // Absent: there is no identity.
  size_t callers = 0;
  size_t reviews_overdue = 0;
  std::optional<absl::Duration> keysets_age;  // Absent: not loaded yet.
  absl::Duration keysets_age_max;
  size_t batches_waiting = 0;
  size_t batch_queue_max = 0;
};

// Thread-safe.
std::string MetricsText(const Metrics& metrics, const Readings& readings);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_METRICS_TEXT_H_
