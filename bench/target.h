// Something that takes calls and answers them later: a server, or a test's
// stand-in with a clock of its own.

#ifndef PANVAULT_BENCH_TARGET_H_
#define PANVAULT_BENCH_TARGET_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bench/error_counts.h"

namespace panvault::bench {

// Times of a target are counted from some fixed moment of its own.
using Nanoseconds = std::chrono::nanoseconds;

// The end of one call.
struct Completion {
  size_t slot = 0;
  Nanoseconds time = {};
  // That succeeded.
  uint64_t items = 0;
  // Of the call, or of its items; empty if all succeeded.
  ErrorCounts errors = {};
};

// Not thread-safe.
class Target {
 public:
  virtual ~Target() = default;

  // How many calls may be out at once.
  virtual size_t slots() const = 0;
  virtual Nanoseconds Now() = 0;
  // Starts a call in `slot`, which must have none.
  virtual void Start(size_t slot) = 0;
  // Waits for a call to end, until the time `until` at most. Nothing if none
  // did; at once if one has already.
  virtual std::optional<Completion> Wait(Nanoseconds until) = 0;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_TARGET_H_
