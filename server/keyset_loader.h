// KeysetLoader: keeps the keysets in memory in step with the store.
//
// Loads once at the start, again and again with backoff until that works, and
// then every `refresh`. A failed refresh changes nothing: the cache goes on
// serving what it has, for as long as its own bound allows.

#ifndef PANVAULT_SERVER_KEYSET_LOADER_H_
#define PANVAULT_SERVER_KEYSET_LOADER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "vault/keyset_cache.h"

namespace panvault::server {

// Thread-safe. Has one thread of its own.
class KeysetLoader final {
 public:
  struct Options {
    absl::Duration refresh = absl::Seconds(5);
    // Waits after failures: doubled each time, with up to a quarter more at
    // random so that replicas do not come back in step.
    absl::Duration backoff_first = absl::Milliseconds(100);
    absl::Duration backoff_max = absl::Seconds(5);
  };

  // Called on the loader's thread.
  struct Hooks {
    // A load worked: the first of all, or the first after a failure.
    std::function<void()> loaded;
    // A load failed, and the next is tried after `retry_in`.
    std::function<void(const absl::Status& status, absl::Duration retry_in)>
        failed;
  };

  // Starts at once. `cache` must outlive the loader.
  KeysetLoader(vault::KeysetCache& cache, const Options& options, Hooks hooks);

  // Stops; waits for a load that is under way.
  ~KeysetLoader();

 private:
  void Run();
  // False if it is time to stop.
  bool WaitFor(absl::Duration duration);

  vault::KeysetCache& cache_;
  const Options options_;
  const Hooks hooks_;

  // Guards stopping_.
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_KEYSET_LOADER_H_
