// Reloader: one thread that looks after everything which may change outside of
// this process, again and again.
//
// Content is compared, not times or inotify events: a link to a link to a
// folder (Kubernetes) is replaced without any of those on the file itself.

#ifndef PANVAULT_SERVER_RELOADER_H_
#define PANVAULT_SERVER_RELOADER_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace panvault::server {

// Reading a handful of small files takes a tenth of a millisecond.
inline constexpr absl::Duration kReloadPoll = absl::Seconds(1);

// Thread-safe. Has one thread of its own.
class Reloader final {
 public:
  // Called on the reloader's thread, one after the other.
  using Poll = std::function<void(absl::Time now)>;

  // Starts at once, and pauses for `pause` after each round.
  Reloader(absl::Duration pause, std::vector<Poll> polls);

  // Stops; waits for a poll that is under way.
  ~Reloader();

 private:
  void Run();

  const absl::Duration pause_;
  const std::vector<Poll> polls_;

  // Guards stopping_.
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_RELOADER_H_
