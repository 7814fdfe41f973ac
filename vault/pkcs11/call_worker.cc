#include "vault/pkcs11/call_worker.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

namespace panvault::vault::pkcs11 {
namespace {

using Clock = std::chrono::steady_clock;

struct Job {
  std::function<void()> call;
  bool done = false;
  bool abandoned = false;  // Nobody waits for it any more.
};

absl::Status Overdue() {
  return absl::UnavailableError("an earlier call has not come back");
}

}  // namespace

struct CallWorker::Shared {
  // Guards all below.
  std::mutex mutex;
  std::condition_variable wake;      // The thread: there is work, or an end.
  std::condition_variable finished;  // Callers: a job is done, or overdue.
  std::deque<std::shared_ptr<Job>> waiting;
  std::shared_ptr<Job> running;
  bool stopping = false;

  bool overdue() const { return running != nullptr && running->abandoned; }
};

CallWorker::CallWorker()
    : shared_(std::make_shared<Shared>()),
      thread_([shared = shared_] { Work(shared); }) {}

CallWorker::~CallWorker() {
  bool overdue = false;
  {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    shared_->stopping = true;
    overdue = shared_->overdue();
  }
  shared_->wake.notify_all();
  if (overdue) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

absl::Status CallWorker::Run(std::function<void()> call, absl::Duration limit) {
  const auto deadline = Clock::now() + absl::ToChronoNanoseconds(limit);
  const auto job = std::make_shared<Job>();
  job->call = std::move(call);

  std::unique_lock<std::mutex> lock(shared_->mutex);
  if (shared_->overdue()) return Overdue();
  if (shared_->waiting.size() >= kWaitingCallsMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("over ", kWaitingCallsMax, " calls are waiting"));
  }
  shared_->waiting.push_back(job);
  shared_->wake.notify_one();
  shared_->finished.wait_until(lock, deadline,
                               [&] { return job->done || shared_->overdue(); });
  if (job->done) return absl::OkStatus();
  const auto waits =
      std::find(shared_->waiting.begin(), shared_->waiting.end(), job);
  if (waits != shared_->waiting.end()) {
    shared_->waiting.erase(waits);
    if (shared_->overdue()) return Overdue();
  } else {
    job->abandoned = true;
    shared_->finished.notify_all();  // Those who wait behind it.
  }
  return absl::DeadlineExceededError(
      absl::StrCat("no answer within ", absl::FormatDuration(limit)));
}

void CallWorker::Work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock<std::mutex> lock(shared->mutex);
  while (true) {
    shared->wake.wait(
        lock, [&] { return shared->stopping || !shared->waiting.empty(); });
    if (shared->stopping) return;
    shared->running = shared->waiting.front();
    shared->waiting.pop_front();
    const std::shared_ptr<Job> job = shared->running;
    lock.unlock();
    job->call();
    job->call = nullptr;  // What it owns is freed here, not under the lock.
    lock.lock();
    shared->running = nullptr;
    job->done = true;
    shared->finished.notify_all();
  }
}

}  // namespace panvault::vault::pkcs11
