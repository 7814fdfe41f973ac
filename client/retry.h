// When a failed call is sent again, and after how long.
//
// Only calls that are safe to repeat are: the whole data plane and the reads of
// the control plane. Retried are UNAVAILABLE (nothing was done) and
// RESOURCE_EXHAUSTED with reason OVERLOADED (the queue was full); with
// exponential backoff and jitter, up to the call's deadline.

#ifndef PANVAULT_CLIENT_RETRY_H_
#define PANVAULT_CLIENT_RETRY_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace panvault::client {

struct RetryPolicy {
  // The first attempt included; 1 switches retries off.
  int attempts_max = 6;
  // The upper ends of the first and of the longest wait; they double between.
  absl::Duration backoff_first = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(2);
};

enum class RetrySafety {
  kIdempotent,  // Sending it twice is the same as sending it once.
  kOnce,        // It may have taken effect although it failed.
};

// What has happened so far.
struct AttemptOutcome {
  absl::Status status;
  int attempts = 1;
  // Until the call's deadline.
  absl::Duration time_left;
};

// How long to wait before the next attempt; nothing if there must be none.
// `jitter` is a random number in [0, 1). A wait that does not fit before the
// deadline is not begun.
std::optional<absl::Duration> NextDelay(const RetryPolicy& policy,
                                        RetrySafety safety,
                                        const AttemptOutcome& outcome,
                                        double jitter);

// Runs `attempt` until it succeeds or must not be repeated, and returns its
// last status. `attempt` gets the deadline of the whole call. Thread-safe.
absl::Status CallWithRetries(
    const RetryPolicy& policy, RetrySafety safety, absl::Time deadline,
    const std::function<absl::Status(absl::Time deadline)>& attempt);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_RETRY_H_
