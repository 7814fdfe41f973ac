// IdleTrim: gives memory back to the system that a burst has left behind.
//
// malloc keeps what was freed between other blocks, for good: after a flood the
// process would look as large as its worst moment, up to its limit. Under load
// that memory is used again, and giving it back costs; so it waits for a quiet
// second.

#ifndef PANVAULT_SERVER_IDLE_TRIM_H_
#define PANVAULT_SERVER_IDLE_TRIM_H_

#include <cstddef>
#include <cstdint>

namespace panvault::server {

// Not thread-safe. Under a sanitizer, whose malloc is another, does nothing.
class IdleTrim final {
 public:
  // To be called about once a second, with all calls that there ever were.
  // True if memory was given back.
  bool Tick(uint64_t calls_so_far);

 private:
  uint64_t calls_ = 0;
  // In bytes; the least and the most since memory was last given back.
  size_t resident_ = SIZE_MAX;
  size_t in_use_ = 0;
};

// More calls than this since the last tick are load.
inline constexpr uint64_t kIdleCallsMax = 50;
// By how many bytes the process must have grown, or what is in use shrunk.
inline constexpr size_t kChangedBytesMin = 256 << 10;

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_IDLE_TRIM_H_
