// Readiness: what health tells, from what happens to the keys.
//
// SERVING from the first time that keys are loaded, for as long as those in
// memory may be used, and never again once draining has begun.

#ifndef PANVAULT_SERVER_READINESS_H_
#define PANVAULT_SERVER_READINESS_H_

#include <functional>
#include <mutex>
#include <utility>

namespace panvault::server {

// Thread-safe. Calls `set_serving` only when the answer changes, and one call
// at a time.
class Readiness final {
 public:
  explicit Readiness(std::function<void(bool)> set_serving)
      : set_serving_(std::move(set_serving)) {}

  // Keys are in memory and may be used, or not (any more).
  void KeysUsable(bool usable) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Set(usable && !draining_);
  }

  // For good.
  void Drain() {
    const std::lock_guard<std::mutex> lock(mutex_);
    draining_ = true;
    Set(false);
  }

 private:
  void Set(bool serving) {
    if (serving == serving_) return;
    serving_ = serving;
    set_serving_(serving);
  }

  const std::function<void(bool)> set_serving_;

  // Guards all below.
  std::mutex mutex_;
  bool serving_ = false;
  bool draining_ = false;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_READINESS_H_
