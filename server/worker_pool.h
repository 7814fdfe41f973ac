// WorkerPool: threads for what would hold up gRPC's own: batches, and calls
// that wait for PostgreSQL.
//
// The queue is bounded, so that a flood of batches is refused early instead of
// being answered late.

#ifndef PANVAULT_SERVER_WORKER_POOL_H_
#define PANVAULT_SERVER_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace panvault::server {

// Thread-safe.
class WorkerPool final {
 public:
  using Job = absl::AnyInvocable<void() &&>;

  // Starts `threads` threads, 1 or more; at most `queue_max` jobs wait.
  struct Options {
    size_t threads = 1;
    size_t queue_max = 64;
  };
  explicit WorkerPool(const Options& options);

  // Finishes the jobs that were taken.
  ~WorkerPool();

  // False if the queue is full: `job` was not taken, and is left as it was.
  // Jobs start in the order in which they came, and must not throw.
  [[nodiscard]] bool Submit(Job&& job);

 private:
  void Work();

  const size_t queue_max_;

  // Guards all below but the threads.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  bool stopping_ = false;

  std::vector<std::thread> threads_;  // Last: they use all of the above.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WORKER_POOL_H_
