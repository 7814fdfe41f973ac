// MemoryWatch: finds out when memory is short, before the kernel ends the
// process for it.
//
// gRPC 1.51 looks at the size of a message when it has all of it, and a client
// may declare 4 GiB: what it sends until then is kept. Nothing that can be
// counted from outside of TLS tells such a message from many good ones, so this
// goes by what the process has, and by who has sent the most lately
// (docs/adr/0023-memory.md). Not a limit: what is taken within one tick is over
// it, and so is what nobody has sent.

#ifndef PANVAULT_SERVER_MEMORY_WATCH_H_
#define PANVAULT_SERVER_MEMORY_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/json_log.h"

namespace panvault::server {

// Where nobody says how much memory there is.
inline constexpr uint64_t kMemoryBytes = uint64_t{1} << 30;

// Memory is short from here on, in per cent of what the process may have: what
// is left is for what comes in until the watch bites.
inline constexpr uint64_t kMemoryShortPercent = 75;

// What this process's control group may have (memory.max of cgroup v2); absent
// if there is no limit, or no such file in `folder`. Thread-safe.
std::optional<uint64_t> MemoryOfControlGroup(
    const std::string& folder = "/sys/fs/cgroup");

// Not thread-safe.
class MemoryWatch final {
 public:
  struct Means {
    // What the process has, in bytes.
    std::function<uint64_t()> resident;
    // Gives back what is free.
    std::function<void()> trim;
    // Ends connections that have sent `bytes` together, lately; returns how
    // many.
    std::function<size_t(uint64_t bytes)> shed;
  };

  // `may_have` is in bytes; `log` is borrowed.
  MemoryWatch(uint64_t may_have, Means means, JsonLog& log);

  // To be called many times a second: memory grows by 200 MB in one.
  void Tick(absl::Time now);

 private:
  const uint64_t short_from_;
  const Means means_;
  JsonLog& log_;
  absl::Time not_before_ = absl::InfinitePast();
};

// The kernel's figure for this process, and malloc's trim. Thread-safe.
uint64_t ResidentBytes();
void GiveMemoryBack();

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_MEMORY_WATCH_H_
