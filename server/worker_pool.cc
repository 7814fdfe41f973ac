#include "server/worker_pool.h"

#include <utility>

namespace panvault::server {

WorkerPool::WorkerPool(const Options& options)
    : queue_max_(options.queue_max), caller_max_(options.caller_max) {
  threads_.reserve(options.threads);
  for (size_t i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Submit(absl::string_view caller, Job&& job) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_ >= queue_max_) return false;
    auto found = queues_.find(caller);
    if (found == queues_.end()) {
      if (caller_max_ == 0) return false;
      found = queues_.emplace(std::string(caller), std::deque<Job>()).first;
      turns_.push_back(found->first);
    } else if (found->second.size() >= caller_max_) {
      return false;
    }
    found->second.push_back(std::move(job));
    ++waiting_;
  }
  changed_.notify_one();
  return true;
}

size_t WorkerPool::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiting_;
}

WorkerPool::Job WorkerPool::Take() {
  std::string caller = std::move(turns_.front());
  turns_.pop_front();
  const auto queue = queues_.find(caller);
  Job job = std::move(queue->second.front());
  queue->second.pop_front();
  --waiting_;
  if (queue->second.empty()) {
    queues_.erase(queue);
  } else {
    turns_.push_back(std::move(caller));
  }
  return job;
}

void WorkerPool::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || waiting_ != 0; });
    if (waiting_ == 0) return;
    {
      Job job = Take();
      lock.unlock();
      std::move(job)();
      // The job, and what it holds on to, goes before the lock comes back.
    }
    lock.lock();
  }
}

}  // namespace panvault::server
