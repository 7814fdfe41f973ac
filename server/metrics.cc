#include "server/metrics.h"

#include <algorithm>

namespace panvault::server {
namespace {

size_t BucketOf(absl::Duration duration) {
  const int64_t us = absl::ToInt64Microseconds(
      absl::Ceil(duration, absl::Microseconds(1)));  // Bounds are inclusive.
  const auto bound = std::lower_bound(
      kDurationBoundsUs.begin(), kDurationBoundsUs.end(), us,
      [](uint32_t at_most, int64_t value) { return at_most < value; });
  return static_cast<size_t>(bound - kDurationBoundsUs.begin());
}

}  // namespace

void Metrics::CountCall(Rpc rpc, const CallOutcome& outcome) {
  OfRpc& of = calls_[static_cast<size_t>(rpc)];
  const auto code = static_cast<size_t>(outcome.code);
  // A code that gRPC may add one day must not write elsewhere.
  Add(of.by_code[code < kStatusCodeCount
                     ? code
                     : static_cast<size_t>(absl::StatusCode::kUnknown)]);
  // The wall clock can be set back.
  const absl::Duration duration =
      std::max(outcome.duration, absl::ZeroDuration());
  Add(of.by_duration[BucketOf(duration)]);
  Add(of.duration_ns,
      static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration)));
  if (outcome.items == 0) return;
  Add(of.items, outcome.items);
  Add(of.items_refused, outcome.items_refused);
}

CallNumbers Metrics::calls(Rpc rpc) const {
  const OfRpc& of = calls_[static_cast<size_t>(rpc)];
  CallNumbers numbers;
  std::transform(of.by_code.begin(), of.by_code.end(), numbers.by_code.begin(),
                 Get);
  std::transform(of.by_duration.begin(), of.by_duration.end(),
                 numbers.by_duration.begin(), Get);
  numbers.duration =
      absl::Nanoseconds(static_cast<int64_t>(Get(of.duration_ns)));
  numbers.items = Get(of.items);
  numbers.items_refused = Get(of.items_refused);
  return numbers;
}

}  // namespace panvault::server
