#include "client/retry.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/error.h"

namespace panvault::client {
namespace {

bool IsTransient(const absl::Status& status) {
  if (absl::IsUnavailable(status)) return true;
  // gRPC itself uses this code for a message over the size limit; that one
  // would fail again.
  return absl::IsResourceExhausted(status) &&
         CallErrorOf(status).reason == "OVERLOADED";
}

}  // namespace

std::optional<absl::Duration> NextDelay(const RetryPolicy& policy,
                                        RetrySafety safety,
                                        const AttemptOutcome& outcome,
                                        double jitter) {
  if (safety == RetrySafety::kOnce) return std::nullopt;
  if (!IsTransient(outcome.status)) return std::nullopt;
  if (outcome.attempts >= policy.attempts_max) return std::nullopt;
  absl::Duration ceiling = policy.backoff_first;
  for (int i = 1; i < outcome.attempts && ceiling < policy.backoff_max; ++i) {
    ceiling *= 2;
  }
  ceiling = std::min(ceiling, policy.backoff_max);
  // Half of it is certain: a wait near zero would only burn the attempts.
  const absl::Duration delay = ceiling / 2 + ceiling / 2 * jitter;
  if (delay >= outcome.time_left) return std::nullopt;
  return delay;
}

absl::Status CallWithRetries(
    const RetryPolicy& policy, RetrySafety safety, absl::Time deadline,
    const std::function<absl::Status(absl::Time deadline)>& attempt) {
  AttemptOutcome outcome;
  for (outcome.attempts = 1;; ++outcome.attempts) {
    outcome.status = attempt(deadline);
    if (outcome.status.ok()) return outcome.status;
    outcome.time_left = deadline - absl::Now();
    absl::InsecureBitGen random;
    const std::optional<absl::Duration> delay = NextDelay(
        policy, safety, outcome, absl::Uniform<double>(random, 0.0, 1.0));
    if (!delay.has_value()) return outcome.status;
    absl::SleepFor(*delay);
  }
}

}  // namespace panvault::client
