#include "server/idle_trim.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

namespace panvault::server {
namespace {

// Of this process, in bytes; 0 if the system does not tell.
size_t ResidentBytes() {
  FILE* const statm = fopen("/proc/self/statm", "re");
  if (statm == nullptr) return 0;
  unsigned long size = 0;
  unsigned long pages = 0;
  const int read = fscanf(statm, "%lu %lu", &size, &pages);
  fclose(statm);
  return read == 2 ? pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

bool IdleTrim::Tick(uint64_t calls_so_far) {
  const uint64_t since = calls_so_far - calls_;
  calls_ = calls_so_far;
  if (since > kIdleCallsMax) return false;
  // Not malloc's own count of free bytes: pages that were given back count
  // there as well, so that a second burst like the first would not show.
  const size_t resident = ResidentBytes();
  if (resident < resident_) resident_ = resident;
  if (resident <= resident_ + kGrownBytesMin) return false;
  const bool given_back = malloc_trim(0) == 1;
  resident_ = ResidentBytes();
  return given_back;
}

}  // namespace panvault::server
