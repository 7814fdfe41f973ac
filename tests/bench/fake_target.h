// A target with a clock of its own, for tests of the loops: calls take as long
// as the test says, and no time passes but in Wait().

#ifndef PANVAULT_TESTS_BENCH_FAKE_TARGET_H_
#define PANVAULT_TESTS_BENCH_FAKE_TARGET_H_

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "bench/target.h"

namespace panvault::bench {

// Calls run side by side, but none of them moves on while the server is
// stalled. Not thread-safe.
class FakeTarget final : public Target {
 public:
  struct Options {
    size_t slots = 1;
    Nanoseconds service = std::chrono::microseconds(100);
    // From its begin on, calls in the server do not end until its end.
    Nanoseconds stall_begin = Nanoseconds::max();
    Nanoseconds stall_end = Nanoseconds::max();
    uint64_t items = 1;
    // Called for each call, from 0: its errors. May be null.
    std::function<ErrorCounts(uint64_t call)> errors = nullptr;
  };
  explicit FakeTarget(Options options) : options_(std::move(options)) {}

  size_t slots() const override { return options_.slots; }
  Nanoseconds Now() override { return now_; }

  void Start(size_t slot) override {
    starts.push_back(now_);
    Nanoseconds end = now_ + options_.service;
    if (end > options_.stall_begin) end = std::max(end, options_.stall_end);
    out_.insert({end, slot});
    most_out = std::max(most_out, out_.size());
  }

  std::optional<Completion> Wait(Nanoseconds until) override {
    if (out_.empty() || out_.begin()->first > until) {
      now_ = std::max(now_, until);
      return std::nullopt;
    }
    const auto [end, slot] = *out_.begin();
    out_.erase(out_.begin());
    now_ = std::max(now_, end);
    Completion completion = {.slot = slot, .time = end};
    if (options_.errors) completion.errors = options_.errors(ended_);
    if (completion.errors.empty()) completion.items = options_.items;
    ++ended_;
    return completion;
  }

  std::vector<Nanoseconds> starts;
  size_t most_out = 0;

 private:
  const Options options_;
  // Not 0: a driver must not take it for the begin of time.
  Nanoseconds now_ = std::chrono::hours(5);
  std::set<std::pair<Nanoseconds, size_t>> out_;
  uint64_t ended_ = 0;
};

}  // namespace panvault::bench

#endif  // PANVAULT_TESTS_BENCH_FAKE_TARGET_H_
