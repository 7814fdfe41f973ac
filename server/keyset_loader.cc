#include "server/keyset_loader.h"

#include <algorithm>
#include <random>
#include <utility>

namespace panvault::server {

KeysetLoader::KeysetLoader(vault::KeysetCache& cache, const Options& options,
                           Hooks hooks)
    : cache_(cache),
      options_(options),
      hooks_(std::move(hooks)),
      thread_([this] { Run(); }) {}

KeysetLoader::~KeysetLoader() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void KeysetLoader::Run() {
  // Not for secrets: only spreads the retries.
  std::minstd_rand jitter(std::random_device{}());
  std::uniform_real_distribution<double> up_to_a_quarter(1.0, 1.25);
  bool was_loaded = false;
  absl::Duration backoff = options_.backoff_first;
  absl::Duration wait;
  do {
    const absl::Status status = cache_.Refresh();
    if (status.ok()) {
      if (!was_loaded) hooks_.loaded();
      backoff = options_.backoff_first;
      wait = options_.refresh;
    } else {
      wait = backoff * up_to_a_quarter(jitter);
      backoff = std::min(2 * backoff, options_.backoff_max);
      hooks_.failed(status, wait);
    }
    was_loaded = status.ok();
  } while (WaitFor(wait));
}

bool KeysetLoader::WaitFor(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return !stop_.wait_for(lock, absl::ToChronoMilliseconds(duration),
                         [this] { return stopping_; });
}

}  // namespace panvault::server
