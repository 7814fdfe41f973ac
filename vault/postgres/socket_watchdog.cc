#include "vault/postgres/socket_watchdog.h"

#include <sys/socket.h>

namespace panvault::vault::postgres {

SocketWatchdog::Watch::Watch(SocketWatchdog& watchdog, int socket,
                             absl::Duration limit)
    : watchdog_(watchdog), socket_(socket) {
  const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
  watchdog_.watches_.emplace(Clock::now() + absl::ToChronoNanoseconds(limit),
                             this);
  watchdog_.changed_.notify_one();
}

SocketWatchdog::Watch::~Watch() {
  const std::lock_guard<std::mutex> lock(watchdog_.mutex_);
  // As many watches as connections: a few.
  auto& watches = watchdog_.watches_;
  for (auto it = watches.begin(); it != watches.end(); ++it) {
    if (it->second == this) {
      watches.erase(it);
      return;
    }
  }
}

SocketWatchdog::SocketWatchdog() : thread_([this] { Run(); }) {}

SocketWatchdog::~SocketWatchdog() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SocketWatchdog::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (watches_.empty()) {
      changed_.wait(lock);
    } else if (const auto first = watches_.begin();
               first->first > Clock::now()) {
      // A copy: the watch may end while we wait.
      const Clock::time_point deadline = first->first;
      changed_.wait_until(lock, deadline);
    } else {
      // With the lock held, so that the watch, and its socket, are there still.
      first->second->expired_ = true;
      shutdown(first->second->socket_, SHUT_RDWR);
      watches_.erase(first);
    }
  }
}

}  // namespace panvault::vault::postgres
