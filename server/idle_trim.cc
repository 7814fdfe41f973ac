#include "server/idle_trim.h"

#include <malloc.h>

namespace panvault::server {

bool IdleTrim::Tick(uint64_t calls_so_far) {
  const uint64_t since = calls_so_far - calls_;
  calls_ = calls_so_far;
  if (since > kIdleCallsMax) return false;
  // Counts free blocks also when their pages have been given back.
  const size_t free = mallinfo2().fordblks;
  const size_t change = free > free_ ? free - free_ : free_ - free;
  if (change <= kFreeBytesKept) return false;
  const bool given_back = malloc_trim(kFreeBytesKept) == 1;
  free_ = mallinfo2().fordblks;
  return given_back;
}

}  // namespace panvault::server
