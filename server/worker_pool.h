// WorkerPool: threads for what would hold up gRPC's own: batches, and calls
// that wait for PostgreSQL.
//
// The queue is bounded, so that a flood of batches is refused early instead of
// being answered late. Callers take turns, and none may have the whole queue: a
// greedy one waits for itself.

#ifndef PANVAULT_SERVER_WORKER_POOL_H_
#define PANVAULT_SERVER_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"

namespace panvault::server {

// Thread-safe.
class WorkerPool final {
 public:
  using Job = absl::AnyInvocable<void() &&>;

  // Starts `threads` threads, 1 or more; at most `queue_max` jobs wait.
  struct Options {
    size_t threads = 1;
    size_t queue_max = 64;
    size_t caller_max = SIZE_MAX;  // Of queue_max, for one caller.
  };
  explicit WorkerPool(const Options& options);

  // Finishes the jobs that were taken.
  ~WorkerPool();

  // False if the queue, or the caller's part of it, is full: `job` was not
  // taken, and is left as it was. Jobs of one caller start in the order in
  // which they came, and must not throw.
  [[nodiscard]] bool Submit(absl::string_view caller, Job&& job);

  // Jobs that have not been started.
  size_t waiting() const;

 private:
  void Work();
  // The next one, of the caller whose turn it is; with mutex_ held.
  Job Take();

  const size_t queue_max_;
  const size_t caller_max_;

  // Guards all below but the threads.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t waiting_ = 0;
  std::map<std::string, std::deque<Job>, std::less<>> queues_;  // None empty.
  std::deque<std::string> turns_;  // The keys of queues_, next one first.
  bool stopping_ = false;

  std::vector<std::thread> threads_;  // Last: they use all of the above.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WORKER_POOL_H_
