// Heartbeat: does something now and then, on a thread of its own.

#ifndef PANVAULT_VAULT_PKCS11_HEARTBEAT_H_
#define PANVAULT_VAULT_PKCS11_HEARTBEAT_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace panvault::vault::pkcs11 {

// Thread-safe.
class Heartbeat final {
 public:
  // The first `beat` after one `pause`, and a pause after each.
  Heartbeat(absl::Duration pause, std::function<void()> beat);

  // Waits for a beat that is under way.
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  void Run();

  const absl::Duration pause_;
  const std::function<void()> beat_;

  // Guards stopping_.
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_HEARTBEAT_H_
