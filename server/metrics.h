// Metrics: what panvaultd counts while it serves. How it is told is
// metrics_text.h's business.
//
// Counts go by closed lists of ours (RPCs, status codes, reasons): nothing that
// a caller chooses is a label, so there is no card number to find here and no
// end to the memory that a caller could use up.

#ifndef PANVAULT_SERVER_METRICS_H_
#define PANVAULT_SERVER_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/rpc_table.h"
#include "vault/errors.h"

namespace panvault::server {

// Why the listener took a connection and dropped it before its handshake.
enum class DropReason : uint8_t {
  kHandshakeRate,    // Too many of one address in a second.
  kConnectionLimit,  // Too many open ones, in all or of one address.
  kNoDescriptor,     // The process has no file descriptor left.
  kNotWatched,       // The kernel does not take it into the watch.
  kLeft,             // The peer had closed it already.
};
inline constexpr std::array<absl::string_view, 5> kDropReasonNames = {
    "handshake_rate", "connection_limit", "no_descriptor", "not_watched",
    "left"};

// absl::StatusCode is 0 to 16, as gRPC's.
inline constexpr size_t kStatusCodeCount = 17;

// Upper bounds of the histogram of durations, in microseconds; longer calls are
// in one bucket more. From a token out of memory to a bulk call that waited.
inline constexpr std::array<uint32_t, 14> kDurationBoundsUs = {
    25,     50,     100,    250,     500,       1'000,     2'500,
    10'000, 25'000, 50'000, 100'000, 1'000'000, 5'000'000, 20'000'000};

// Of one RPC. Buckets are not cumulative.
struct CallNumbers {
  std::array<uint64_t, kStatusCodeCount> by_code = {};
  std::array<uint64_t, kDurationBoundsUs.size() + 1> by_duration = {};
  absl::Duration duration;  // Of all together.
  uint64_t items = 0;       // Of batches, as are the refused ones.
  uint64_t items_refused = 0;
};

// How one call ended, as its record in the log has it.
struct CallOutcome {
  absl::StatusCode code = absl::StatusCode::kOk;
  absl::Duration duration = absl::ZeroDuration();
  size_t items = 0;
  size_t items_refused = 0;
};

// Thread-safe, without locks: a reader may see one number of a call before
// another.
class Metrics final {
 public:
  void CountCall(Rpc rpc, const CallOutcome& outcome);
  // Why a call was refused.
  void CountError(vault::Reason reason) { Add(errors_[IndexOf(reason)]); }
  void CountRefusedHandshake(vault::Reason reason) {
    Add(refused_handshakes_[IndexOf(reason)]);
  }
  // For reasons of OpenSSL's, before there is anybody to be refused.
  void CountTlsFailure() { Add(tls_failures_); }
  void CountDrop(DropReason reason) {
    Add(drops_[static_cast<size_t>(reason)]);
  }
  void CountKeysetFailure() { Add(keyset_failures_); }
  void SetReady(bool ready) { ready_.store(ready, std::memory_order_relaxed); }

  CallNumbers calls(Rpc rpc) const;
  uint64_t errors(vault::Reason reason) const {
    return Get(errors_[IndexOf(reason)]);
  }
  uint64_t refused_handshakes(vault::Reason reason) const {
    return Get(refused_handshakes_[IndexOf(reason)]);
  }
  uint64_t drops(DropReason reason) const {
    return Get(drops_[static_cast<size_t>(reason)]);
  }
  uint64_t tls_failures() const { return Get(tls_failures_); }
  uint64_t keyset_failures() const { return Get(keyset_failures_); }
  // A KEK in a file always is.
  void SetKekAvailable(bool available) {
    kek_available_.store(available, std::memory_order_relaxed);
  }
  bool kek_available() const {
    return kek_available_.load(std::memory_order_relaxed);
  }
  bool ready() const { return ready_.load(std::memory_order_relaxed); }

 private:
  using Counter = std::atomic<uint64_t>;
  using ByReason = std::array<Counter, 128>;

  // Apart from the next one's cache lines: calls of one method do not slow
  // those of another. Not alignas: GCC 12's AddressSanitizer does not keep it
  // on a stack.
  struct OfRpc {
    std::array<Counter, kStatusCodeCount> by_code = {};
    std::array<Counter, kDurationBoundsUs.size() + 1> by_duration = {};
    Counter duration_ns = 0;
    Counter items = 0;
    Counter items_refused = 0;
    std::array<char, 128> apart = {};
  };

  static void Add(Counter& counter, uint64_t count = 1) {
    counter.fetch_add(count, std::memory_order_relaxed);
  }
  static uint64_t Get(const Counter& counter) {
    return counter.load(std::memory_order_relaxed);
  }
  static size_t IndexOf(vault::Reason reason) {
    static_assert(static_cast<size_t>(vault::Reason::kInternal) < 128);
    return static_cast<size_t>(reason);
  }

  std::array<OfRpc, kRpcCount> calls_;
  ByReason errors_ = {};
  ByReason refused_handshakes_ = {};
  std::array<Counter, kDropReasonNames.size()> drops_ = {};
  Counter tls_failures_ = 0;
  Counter keyset_failures_ = 0;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> kek_available_ = true;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_METRICS_H_
