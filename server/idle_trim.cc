#include "server/idle_trim.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>

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

// Not malloc's count of free bytes: pages that were given back count there as
// well.
size_t InUseBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

bool IdleTrim::Tick(uint64_t calls_so_far) {
  const uint64_t since = calls_so_far - calls_;
  calls_ = calls_so_far;
  if (since > kIdleCallsMax) return false;
  const size_t resident = ResidentBytes();
  const size_t in_use = InUseBytes();
  // What was trimmed while a burst was in use is trimmed again once it is not.
  resident_ = std::min(resident, resident_);
  in_use_ = std::max(in_use, in_use_);
  if (resident <= resident_ + kChangedBytesMin &&
      in_use + kChangedBytesMin >= in_use_) {
    return false;
  }
  const bool given_back = malloc_trim(0) == 1;
  resident_ = ResidentBytes();
  in_use_ = InUseBytes();
  return given_back;
}

}  // namespace panvault::server
