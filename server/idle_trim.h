// IdleTrim: gives memory back to the system that a burst has left behind.
//
// malloc keeps what was freed between other blocks, for good: after a flood the
// process would look as large as its worst moment, up to its limit. Under load
// that memory is used again, and giving it back costs; so it waits for a quiet
// second.

#ifndef PANVAULT_SERVER_IDLE_TRIM_H_
#define PANVAULT_SERVER_IDLE_TRIM_H_

#include <cstdint>

namespace panvault::server {

// Not thread-safe. Wants HardenProcess first, for malloc's number of arenas.
// Under a sanitizer, whose malloc is another, does nothing that shows.
class IdleTrim final {
 public:
  // To be called about once a second, with all calls that there ever were.
  // True if it was a quiet second, and what was free has been given back.
  bool Tick(uint64_t calls_so_far);

 private:
  uint64_t calls_ = 0;
  // Bytes, when the ends of all arenas were last given back.
  uint64_t resident_ = 0;
};

// More calls than this since the last tick are load.
inline constexpr uint64_t kIdleCallsMax = 50;

// What may stay free at the end of an arena. Under load, giving it back each
// time takes an eighth of the speed of batches of 10,000 items.
inline constexpr int kLoadTrimThresholdBytes = 64 << 20;
inline constexpr int kIdleTrimThresholdBytes = 1 << 20;

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_IDLE_TRIM_H_
