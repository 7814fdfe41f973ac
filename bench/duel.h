// Two targets under the same load in turns: the real one and the null one.
//
// Rounds are short and their order alternates, so that what else the machine
// does, and what a round leaves behind for the next, meets both alike.

#ifndef PANVAULT_BENCH_DUEL_H_
#define PANVAULT_BENCH_DUEL_H_

#include <functional>

#include "absl/status/statusor.h"
#include "bench/driver.h"
#include "bench/error_counts.h"
#include "bench/histogram.h"
#include "bench/paired.h"
#include "bench/target.h"

namespace panvault::bench {

struct DuelPlan {
  LoadPlan load = {};
  int rounds = 7;
};

// Both targets must outlive the call.
struct Duelists {
  Target& real;
  Target& null;
};

struct DuelHooks {
  // The server's CPU time so far; may be null.
  std::function<absl::StatusOr<Nanoseconds>()> server_cpu = nullptr;
  // Called with the round, from 1, while it runs; may be null.
  std::function<void(int round, const LoadProgress&)> on_progress = nullptr;
};

struct DuelResult {
  // A figure for each round; the subject is the real target.
  PairedSamples calls_per_s = {};
  PairedSamples items_per_s = {};
  // The server's CPU time for one call, in microseconds; without rounds if
  // there is no server_cpu or it failed.
  PairedSamples cpu_us = {};
  // Of all rounds.
  Histogram real_ns = {};
  Histogram null_ns = {};
  // If there is one, the figures are void; no round is begun after it.
  ErrorCounts errors = {};
};

DuelResult RunDuel(const Duelists& targets, const DuelPlan& plan,
                   const DuelHooks& hooks = {});

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_DUEL_H_
