#include "server/reloader.h"

#include <utility>

#include "absl/time/clock.h"

namespace panvault::server {

Reloader::Reloader(absl::Duration pause, std::vector<Poll> polls)
    : pause_(pause), polls_(std::move(polls)), thread_([this] { Run(); }) {}

Reloader::~Reloader() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void Reloader::Run() {
  std::unique_lock lock(mutex_);
  do {
    lock.unlock();
    for (const Poll& poll : polls_) poll(absl::Now());
    lock.lock();
  } while (!stop_.wait_for(lock, absl::ToChronoMilliseconds(pause_),
                           [this] { return stopping_; }));
}

}  // namespace panvault::server
