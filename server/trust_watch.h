// TrustWatch: tells the server that who is trusted has changed, for as long as
// there is a server. What changes trust begins before it and may end after it.

#ifndef PANVAULT_SERVER_TRUST_WATCH_H_
#define PANVAULT_SERVER_TRUST_WATCH_H_

#include <functional>
#include <mutex>
#include <utility>

namespace panvault::server {

// Thread-safe.
class TrustWatch final {
 public:
  // Calls the listener, if there is one.
  void Changed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (listener_) listener_();
  }

  // While this lives, `listener` is called; not any more once it is gone.
  class Listening final {
   public:
    Listening(TrustWatch& watch, std::function<void()> listener)
        : watch_(watch) {
      watch_.Set(std::move(listener));
    }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
    ~Listening() { watch_.Set({}); }

   private:
    TrustWatch& watch_;
  };

 private:
  void Set(std::function<void()> listener) {
    const std::lock_guard<std::mutex> lock(mutex_);
    listener_ = std::move(listener);
  }

  std::mutex mutex_;
  std::function<void()> listener_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TRUST_WATCH_H_
