// What this shows: only what is safe and likely to help is sent again, with
// growing waits, and never beyond the deadline.

#include "client/retry.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/error.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

const RetryPolicy kPolicy = {.attempts_max = 6,
                             .backoff_first = absl::Milliseconds(100),
                             .backoff_max = absl::Milliseconds(500)};

AttemptOutcome After(int attempts, const absl::Status& status) {
  return {status, attempts, absl::Seconds(60)};
}

absl::Status Overloaded() {
  return StatusFromRpc(RpcError(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                v1::ERROR_REASON_OVERLOADED, "full"));
}

TEST(NextDelay, RetriesOnlyTransientErrors) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "x");
    const bool retried =
        NextDelay(kPolicy, RetrySafety::kIdempotent, After(1, status), 0)
            .has_value();
    EXPECT_EQ(retried, status.code() == absl::StatusCode::kUnavailable)
        << status;
  }
  EXPECT_TRUE(
      NextDelay(kPolicy, RetrySafety::kIdempotent, After(1, Overloaded()), 0));
}

TEST(NextDelay, NeverRetriesWhatMayHaveTakenEffect) {
  EXPECT_FALSE(NextDelay(kPolicy, RetrySafety::kOnce,
                         After(1, absl::UnavailableError("x")), 0));
  EXPECT_FALSE(
      NextDelay(kPolicy, RetrySafety::kOnce, After(1, Overloaded()), 0));
}

TEST(NextDelay, DoublesUpToTheLongestWait) {
  const int expected_ms[] = {100, 200, 400, 500, 500};
  for (int attempts = 1; attempts <= 5; ++attempts) {
    const AttemptOutcome outcome = After(attempts, absl::UnavailableError("x"));
    const absl::Duration longest =
        absl::Milliseconds(expected_ms[attempts - 1]);
    EXPECT_EQ(*NextDelay(kPolicy, RetrySafety::kIdempotent, outcome, 0),
              longest / 2);
    EXPECT_EQ(*NextDelay(kPolicy, RetrySafety::kIdempotent, outcome, 0.5),
              longest * 0.75);
  }
}

TEST(NextDelay, StopsAtTheLastAttempt) {
  EXPECT_FALSE(NextDelay(kPolicy, RetrySafety::kIdempotent,
                         After(6, absl::UnavailableError("x")), 0));
}

TEST(NextDelay, DoesNotWaitBeyondTheDeadline) {
  AttemptOutcome outcome = After(1, absl::UnavailableError("x"));
  outcome.time_left = absl::Milliseconds(50);
  EXPECT_FALSE(NextDelay(kPolicy, RetrySafety::kIdempotent, outcome, 0));
  outcome.time_left = absl::Milliseconds(51);
  EXPECT_TRUE(NextDelay(kPolicy, RetrySafety::kIdempotent, outcome, 0));
}

TEST(CallWithRetries, ReturnsTheFirstSuccess) {
  int attempts = 0;
  const absl::Status status = CallWithRetries(
      {.backoff_first = absl::Milliseconds(1)}, RetrySafety::kIdempotent,
      absl::Now() + absl::Seconds(60), [&](absl::Time) {
        return ++attempts < 3 ? absl::UnavailableError("x") : absl::OkStatus();
      });
  EXPECT_THAT(status, testing::IsOk());
  EXPECT_EQ(attempts, 3);
}

TEST(CallWithRetries, GivesEveryAttemptTheDeadlineOfTheCall) {
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  int attempts = 0;
  const absl::Status status = CallWithRetries(
      {.attempts_max = 4, .backoff_first = absl::Milliseconds(1)},
      RetrySafety::kIdempotent, deadline, [&](absl::Time given) {
        ++attempts;
        EXPECT_EQ(given, deadline);
        return absl::UnavailableError("still away");
      });
  EXPECT_EQ(status, absl::UnavailableError("still away"));
  EXPECT_EQ(attempts, 4);
}

}  // namespace
}  // namespace panvault::client
