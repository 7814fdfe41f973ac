// SocketWatchdog: cuts off a socket that has been waited on for too long.
//
// libpq waits for an answer without a limit, and PostgreSQL's statement_timeout
// ends statements only: not the wait of a COMMIT for a replica, nor anything
// when the server is stopped, or a pooler has no connection to it. A socket
// that is shut down ends libpq's wait as a broken connection does.

#ifndef PANVAULT_VAULT_POSTGRES_SOCKET_WATCHDOG_H_
#define PANVAULT_VAULT_POSTGRES_SOCKET_WATCHDOG_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace panvault::vault::postgres {

// Thread-safe. Has one thread of its own.
class SocketWatchdog final {
 public:
  // Shuts `socket` down unless it is destroyed within `limit`. The socket stays
  // open for the life of the watch, and the watchdog exists as long.
  class Watch final {
   public:
    Watch(SocketWatchdog& watchdog, int socket, absl::Duration limit);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // Whether the socket was shut down.
    bool expired() const { return expired_; }

   private:
    friend class SocketWatchdog;
    SocketWatchdog& watchdog_;
    const int socket_;
    std::atomic<bool> expired_{false};
  };

  SocketWatchdog();
  // No watch is left by then.
  ~SocketWatchdog();
  SocketWatchdog(const SocketWatchdog&) = delete;
  SocketWatchdog& operator=(const SocketWatchdog&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  void Run();

  // Guards all below but the thread.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, Watch*> watches_;  // By deadline.
  bool stopping_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_SOCKET_WATCHDOG_H_
