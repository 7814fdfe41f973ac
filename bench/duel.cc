#include "bench/duel.h"

#include <optional>

namespace panvault::bench {
namespace {

struct Turn {
  LoadResult load;
  std::optional<double> cpu_us = std::nullopt;  // Of one call.
};

Turn TakeTurn(Target& target, const LoadPlan& plan, const DuelHooks& hooks,
              int round) {
  OnProgress on_progress;
  if (hooks.on_progress != nullptr) {
    on_progress = [&](const LoadProgress& p) { hooks.on_progress(round, p); };
  }
  if (hooks.server_cpu == nullptr) {
    return {.load = RunLoad(target, plan, on_progress)};
  }
  const absl::StatusOr<Nanoseconds> before = hooks.server_cpu();
  Turn turn = {.load = RunLoad(target, plan, on_progress)};
  const absl::StatusOr<Nanoseconds> after = hooks.server_cpu();
  if (before.ok() && after.ok() && turn.load.calls > 0) {
    const std::chrono::duration<double, std::micro> used = *after - *before;
    turn.cpu_us = used.count() / static_cast<double>(turn.load.calls);
  }
  return turn;
}

}  // namespace

DuelResult RunDuel(const Duelists& targets, const DuelPlan& plan,
                   const DuelHooks& hooks) {
  DuelResult result;
  for (int round = 1; round <= plan.rounds; ++round) {
    Turn real;
    const bool null_first = round % 2 == 1;
    if (!null_first) real = TakeTurn(targets.real, plan.load, hooks, round);
    const Turn null = TakeTurn(targets.null, plan.load, hooks, round);
    if (null_first) real = TakeTurn(targets.real, plan.load, hooks, round);

    result.calls_per_s.Add(
        {.subject = real.load.calls_per_s, .floor = null.load.calls_per_s});
    result.items_per_s.Add(
        {.subject = real.load.items_per_s, .floor = null.load.items_per_s});
    if (real.cpu_us.has_value() && null.cpu_us.has_value()) {
      result.cpu_us.Add({.subject = *real.cpu_us, .floor = *null.cpu_us});
    }
    result.real_ns.Add(real.load.latency_ns);
    result.null_ns.Add(null.load.latency_ns);
    AddErrors(real.load.errors, result.errors);
    AddErrors(null.load.errors, result.errors);
    if (!result.errors.empty()) break;
  }
  return result;
}

}  // namespace panvault::bench
