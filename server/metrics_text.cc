#include "server/metrics_text.h"

#include <limits>
#include <utility>
#include <vector>

#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"

namespace panvault::server {
namespace {

using ::prometheus::ClientMetric;
using ::prometheus::MetricFamily;
using ::prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

ClientMetric::Label Label(const char* name, absl::string_view value) {
  return {name, std::string(value)};
}

ClientMetric Sample(MetricType type, double value, Labels labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
      value;
  return metric;
}

MetricFamily Family(MetricType type, const char* name, const char* help,
                    std::vector<ClientMetric> metrics) {
  return {name, help, type, std::move(metrics)};
}

MetricFamily Gauge(const char* name, const char* help, double value) {
  return Family(MetricType::Gauge, name, help,
                {Sample(MetricType::Gauge, value)});
}

MetricFamily Counter(const char* name, const char* help, uint64_t value) {
  return Family(MetricType::Counter, name, help,
                {Sample(MetricType::Counter, static_cast<double>(value))});
}

double SecondsSince1970(absl::Time time) {
  return absl::ToDoubleSeconds(time - absl::UnixEpoch());
}

// What a handshake may be refused for.
bool IsAboutTheClient(vault::Reason reason) {
  const absl::StatusCode code = vault::CodeOf(reason);
  return code == absl::StatusCode::kUnauthenticated ||
         code == absl::StatusCode::kPermissionDenied ||
         code == absl::StatusCode::kInternal;
}

ClientMetric DurationsOf(const RpcRow& row, const CallNumbers& numbers) {
  ClientMetric metric;
  metric.label = {Label("method", row.name)};
  auto& histogram = metric.histogram;
  for (size_t i = 0; i < numbers.by_duration.size(); ++i) {
    histogram.sample_count += numbers.by_duration[i];
    histogram.bucket.push_back({histogram.sample_count,
                                i < kDurationBoundsUs.size()
                                    ? kDurationBoundsUs[i] / 1e6
                                    : std::numeric_limits<double>::infinity()});
  }
  histogram.sample_sum = absl::ToDoubleSeconds(numbers.duration);
  return metric;
}

// All of them from the start, so that the first of a kind is an increase.
void AddCalls(const Metrics& metrics, std::vector<MetricFamily>& families) {
  std::vector<ClientMetric> codes;
  std::vector<ClientMetric> durations;
  std::vector<ClientMetric> items;
  for (const RpcRow& row : RpcTable()) {
    const CallNumbers numbers = metrics.calls(row.rpc);
    for (size_t code = 0; code < kStatusCodeCount; ++code) {
      codes.push_back(Sample(
          MetricType::Counter, static_cast<double>(numbers.by_code[code]),
          {Label("method", row.name),
           Label("code", absl::StatusCodeToString(
                             static_cast<absl::StatusCode>(code)))}));
    }
    durations.push_back(DurationsOf(row, numbers));
    const std::pair<const char*, uint64_t> outcomes[] = {
        {"served", numbers.items - numbers.items_refused},
        {"refused", numbers.items_refused}};
    for (const auto& [outcome, count] : outcomes) {
      items.push_back(
          Sample(MetricType::Counter, static_cast<double>(count),
                 {Label("method", row.name), Label("outcome", outcome)}));
    }
  }
  families.push_back(Family(MetricType::Counter, "panvault_calls_total",
                            "Calls that have ended, by method and gRPC code.",
                            std::move(codes)));
  families.push_back(Family(
      MetricType::Histogram, "panvault_call_duration_seconds",
      "From the arrival of a call to its record.", std::move(durations)));
  families.push_back(Family(MetricType::Counter, "panvault_batch_items_total",
                            "Items of batches, by outcome.", std::move(items)));
}

void AddRefusals(const Metrics& metrics, std::vector<MetricFamily>& families) {
  std::vector<ClientMetric> errors;
  for (const vault::Reason reason : vault::AllReasons()) {
    errors.push_back(Sample(MetricType::Counter,
                            static_cast<double>(metrics.errors(reason)),
                            {Label("reason", vault::NameOf(reason))}));
  }
  families.push_back(Family(MetricType::Counter, "panvault_call_errors_total",
                            "Calls that have failed, by reason.",
                            std::move(errors)));
  std::vector<ClientMetric> handshakes;
  for (const vault::Reason reason : vault::AllReasons()) {
    if (!IsAboutTheClient(reason)) continue;
    handshakes.push_back(
        Sample(MetricType::Counter,
               static_cast<double>(metrics.refused_handshakes(reason)),
               {Label("reason", vault::NameOf(reason))}));
  }
  handshakes.push_back(Sample(MetricType::Counter,
                              static_cast<double>(metrics.tls_failures()),
                              {Label("reason", "TLS_FAILED")}));
  families.push_back(
      Family(MetricType::Counter, "panvault_handshakes_refused_total",
             "Handshakes refused for what the client showed, by reason.",
             std::move(handshakes)));
  std::vector<ClientMetric> drops;
  for (size_t i = 0; i < kDropReasonNames.size(); ++i) {
    drops.push_back(
        Sample(MetricType::Counter,
               static_cast<double>(metrics.drops(static_cast<DropReason>(i))),
               {Label("reason", kDropReasonNames[i])}));
  }
  families.push_back(
      Family(MetricType::Counter, "panvault_connections_dropped_total",
             "Connections dropped before their handshake, by reason.",
             std::move(drops)));
}

void AddSources(const Readings& readings, std::vector<MetricFamily>& families) {
  std::vector<ClientMetric> failing;
  std::vector<ClientMetric> loads;
  std::vector<ClientMetric> failures;
  std::vector<ClientMetric> loaded_at;
  const std::pair<const char*, const SourceNumbers*> sources[] = {
      {"identity", &readings.identity}, {"access", &readings.access}};
  for (const auto& [name, numbers] : sources) {
    const Labels labels = {Label("source", name)};
    failing.push_back(
        Sample(MetricType::Gauge, numbers->failing ? 1 : 0, labels));
    loads.push_back(Sample(MetricType::Counter,
                           static_cast<double>(numbers->loads), labels));
    failures.push_back(Sample(MetricType::Counter,
                              static_cast<double>(numbers->failures), labels));
    if (numbers->loads == 0) continue;
    loaded_at.push_back(Sample(MetricType::Gauge,
                               SecondsSince1970(numbers->loaded_at), labels));
  }
  families.push_back(
      Family(MetricType::Gauge, "panvault_source_failing",
             "1: the last look at the source failed, and what was good before "
             "is in force.",
             std::move(failing)));
  families.push_back(Family(MetricType::Counter, "panvault_source_loads_total",
                            "Contents that came into force.",
                            std::move(loads)));
  families.push_back(
      Family(MetricType::Counter, "panvault_source_failures_total",
             "Looks at the source that failed.", std::move(failures)));
  families.push_back(
      Family(MetricType::Gauge, "panvault_source_loaded_timestamp_seconds",
             "When what is in force came into force.", std::move(loaded_at)));
}

}  // namespace

std::string MetricsText(const Metrics& metrics, const Readings& readings) {
  std::vector<MetricFamily> families;
  families.push_back(Family(
      MetricType::Gauge, "panvault_build_info", "1, with the version.",
      {Sample(MetricType::Gauge, 1, {Label("version", PANVAULT_VERSION)})}));
  families.push_back(Gauge("panvault_ready",
                           "1: keys are loaded, and calls are served.",
                           metrics.ready() ? 1 : 0));
  AddCalls(metrics, families);
  AddRefusals(metrics, families);
  families.push_back(Gauge("panvault_connections_open",
                           "Connections of callers.",
                           static_cast<double>(readings.connections_open)));
  families.push_back(Counter("panvault_connections_opened_total",
                             "Connections taken in.",
                             readings.connections_opened));
  AddSources(readings, families);
  if (readings.svid_not_after.has_value()) {
    families.push_back(Gauge("panvault_svid_not_after_timestamp_seconds",
                             "When the server's own certificate ends.",
                             SecondsSince1970(*readings.svid_not_after)));
  }
  families.push_back(Gauge("panvault_callers", "Callers on the allowlist.",
                           static_cast<double>(readings.callers)));
  families.push_back(Gauge("panvault_reviews_overdue",
                           "Callers whose review date has passed.",
                           static_cast<double>(readings.reviews_overdue)));
  if (readings.keysets_age.has_value()) {
    families.push_back(Gauge("panvault_keysets_age_seconds",
                             "Since the keysets were read from PostgreSQL.",
                             absl::ToDoubleSeconds(*readings.keysets_age)));
  }
  families.push_back(Gauge("panvault_keysets_age_max_seconds",
                           "The age past which keysets are not used.",
                           absl::ToDoubleSeconds(readings.keysets_age_max)));
  families.push_back(Counter("panvault_keysets_refresh_failures_total",
                             "Reads of all keysets that failed.",
                             metrics.keyset_failures()));
  families.push_back(Gauge("panvault_kek_available",
                           "0: the token with the key-encryption key does not "
                           "answer, and new keys cannot be used.",
                           metrics.kek_available() ? 1 : 0));
  families.push_back(Gauge("panvault_batch_queue_waiting",
                           "Batches that wait for a thread.",
                           static_cast<double>(readings.batches_waiting)));
  families.push_back(Gauge("panvault_batch_queue_max", "Batches that may wait.",
                           static_cast<double>(readings.batch_queue_max)));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace panvault::server
