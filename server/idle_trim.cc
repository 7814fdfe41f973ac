#include "server/idle_trim.h"

#include <malloc.h>

namespace panvault::server {

bool IdleTrim::Tick(uint64_t calls_so_far) {
  const uint64_t since = calls_so_far - calls_;
  calls_ = calls_so_far;
  const bool quiet = since <= kIdleCallsMax;
  // malloc_trim passes over what is free at the end of each arena but the main
  // one: whoever next frees something there that then is 64 KiB with what is
  // free around it gives it back.
  mallopt(M_TRIM_THRESHOLD,
          quiet ? kIdleTrimThresholdBytes : kLoadTrimThresholdBytes);
  // Each time: whether there is anything to give back cannot be told from what
  // malloc says of itself, and with nothing to do this takes a millisecond.
  return quiet && malloc_trim(0) == 1;
}

}  // namespace panvault::server
