#include "bench/driver.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

namespace panvault::bench {
namespace {

constexpr Nanoseconds kProgressEvery = std::chrono::milliseconds(100);

// One run. Times are the target's.
class Run {
 public:
  Run(Target& target, const LoadPlan& plan, const OnProgress& on_progress)
      : target_(target),
        plan_(plan),
        on_progress_(on_progress),
        begin_(target.Now()),
        measured_(begin_ + plan.warm_up),
        end_(measured_ + plan.duration),
        due_(target.slots()) {
    for (size_t slot = 0; slot < target.slots(); ++slot) free_.push_back(slot);
  }

  LoadResult Go() {
    while (true) {
      const Nanoseconds now = target_.Now();
      Send(now);
      if (InFlight() == 0 && !MayStillSend(now)) break;
      if (const auto done = target_.Wait(WakeAt(now))) Record(*done);
      Report();
    }
    CountNotSent();
    // Nothing measured must not pass for a rate of 0 without errors.
    if (calls_measured_ == 0 && result_.errors.empty()) {
      result_.errors["NOTHING_MEASURED"] = 1;
    }
    const double seconds =
        std::chrono::duration<double>(plan_.duration).count();
    result_.calls_per_s = static_cast<double>(calls_measured_) / seconds;
    result_.items_per_s = static_cast<double>(items_measured_) / seconds;
    return result_;
  }

 private:
  size_t InFlight() const { return due_.size() - free_.size(); }

  // When call number `index` is due.
  Nanoseconds DueAt(uint64_t index) const {
    const double s = static_cast<double>(index) / *plan_.rate;
    return begin_ + std::chrono::duration_cast<Nanoseconds>(
                        std::chrono::duration<double>(s));
  }

  // Whether there will be a call to send once a slot is free and time comes.
  bool MayStillSend(Nanoseconds now) const {
    if (errors_ > plan_.errors_max) return false;
    if (!plan_.rate.has_value()) return now < end_;
    return DueAt(sent_) < end_ && now < end_ + plan_.overtime_max;
  }

  void Send(Nanoseconds now) {
    while (!free_.empty() && MayStillSend(now)) {
      const Nanoseconds due = plan_.rate.has_value() ? DueAt(sent_) : now;
      if (due > now) return;
      const size_t slot = free_.front();
      free_.pop_front();
      due_[slot] = due;
      ++sent_;
      target_.Start(slot);
    }
  }

  // When to look again though no call has ended. A moment ahead of `now`, or
  // the wait would not advance.
  Nanoseconds WakeAt(Nanoseconds now) const {
    const Nanoseconds tick = now + kProgressEvery;
    if (!plan_.rate.has_value() || free_.empty() || !MayStillSend(now)) {
      return tick;
    }
    return std::min(tick, DueAt(sent_));
  }

  void Record(const Completion& done) {
    free_.push_back(done.slot);
    ++result_.calls;
    if (!done.errors.empty()) {
      AddErrors(done.errors, result_.errors);
      errors_ = ErrorTotal(result_.errors);
      return;
    }
    const Nanoseconds due = due_[done.slot];
    if (due >= measured_ && due < end_) {
      result_.latency_ns.Record(
          static_cast<uint64_t>((done.time - due).count()));
    }
    if (done.time >= measured_ && done.time < end_) {
      ++calls_measured_;
      items_measured_ += done.items;
    }
  }

  void CountNotSent() {
    if (!plan_.rate.has_value() || errors_ > plan_.errors_max) return;
    if (DueAt(sent_) >= end_) return;
    const double seconds = std::chrono::duration<double>(end_ - begin_).count();
    const auto due = static_cast<uint64_t>(std::ceil(*plan_.rate * seconds));
    result_.errors["NOT_SENT"] += std::max(due, sent_ + 1) - sent_;
  }

  void Report() {
    const Nanoseconds now = target_.Now();
    if (on_progress_ == nullptr || now < reported_ + kProgressEvery) return;
    reported_ = now;
    on_progress_({.elapsed = now - begin_,
                  .total = end_ - begin_,
                  .calls = result_.calls,
                  .errors = errors_,
                  .in_flight = InFlight()});
  }

  Target& target_;
  const LoadPlan& plan_;
  const OnProgress& on_progress_;
  const Nanoseconds begin_;
  const Nanoseconds measured_;
  const Nanoseconds end_;
  // Slots, used in turns: neighbours belong to different connections.
  std::deque<size_t> free_;
  std::vector<Nanoseconds> due_;  // By slot.
  uint64_t sent_ = 0;
  uint64_t errors_ = 0;
  uint64_t calls_measured_ = 0;
  uint64_t items_measured_ = 0;
  Nanoseconds reported_ = {};
  LoadResult result_;
};

}  // namespace

LoadResult RunLoad(Target& target, const LoadPlan& plan,
                   const OnProgress& on_progress) {
  return Run(target, plan, on_progress).Go();
}

}  // namespace panvault::bench
