// CallWorker: one thread for calls that may never come back.
//
// A module of Cryptoki has no deadlines: when its device or its network hangs,
// the call hangs, and nothing can end it. So callers wait beside it. While a
// call is overdue all others fail at once; when it comes back, the thread goes
// on.

#ifndef PANVAULT_VAULT_PKCS11_CALL_WORKER_H_
#define PANVAULT_VAULT_PKCS11_CALL_WORKER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace panvault::vault::pkcs11 {

// Calls that may wait; in a vault, those who wait make a profile each.
inline constexpr size_t kWaitingCallsMax = 64;

// Thread-safe. Calls run one at a time, in the order in which they came.
class CallWorker final {
 public:
  CallWorker();

  // Waits for a call that runs, unless it is overdue: its thread is then left
  // to itself, and ends when the call does.
  ~CallWorker();
  CallWorker(const CallWorker&) = delete;
  CallWorker& operator=(const CallWorker&) = delete;

  // OK once `call` has returned. If it will never be made: kUnavailable when
  // one before it is overdue, kResourceExhausted when too many wait.
  // kDeadlineExceeded if it has not returned within `limit` of now; it then
  // either was not begun and never will be, or goes on: so it owns all that it
  // touches, and must not throw.
  absl::Status Run(std::function<void()> call, absl::Duration limit);

 private:
  struct Shared;
  static void Work(const std::shared_ptr<Shared>& shared);

  const std::shared_ptr<Shared> shared_;  // With the thread.
  std::thread thread_;
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_CALL_WORKER_H_
