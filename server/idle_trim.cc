#include "server/idle_trim.h"

#include <malloc.h>

#include <latch>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "server/memory_watch.h"
#include "server/process.h"

namespace panvault::server {
namespace {

// From 64 KiB on, free() looks at what its arena has at its end.
constexpr size_t kLookedAtBytes = 128 << 10;

// malloc_trim passes over what is free at the end of each arena but the main
// one. Threads that there are at a time have an arena each, as far as there are
// any. False if there were too few threads.
bool FreeSomethingInEachArena() {
  const int arenas = MallocArenasMax();
  std::latch all(arenas);
  std::vector<std::thread> threads;
  try {
    while (threads.size() < static_cast<size_t>(arenas)) {
      threads.emplace_back([&all] {
        ::operator delete(::operator new(kLookedAtBytes));
        all.arrive_and_wait();
      });
    }
  } catch (const std::system_error&) {
    all.count_down(arenas - static_cast<int>(threads.size()));
  }
  for (std::thread& thread : threads) thread.join();
  return threads.size() == static_cast<size_t>(arenas);
}

bool Differ(uint64_t a, uint64_t b) {
  return (a > b ? a - b : b - a) > uint64_t{kIdleTrimThresholdBytes};
}

}  // namespace

bool IdleTrim::Tick(uint64_t calls_so_far) {
  const uint64_t since = calls_so_far - calls_;
  calls_ = calls_so_far;
  const bool quiet = since <= kIdleCallsMax;
  mallopt(M_TRIM_THRESHOLD,
          quiet ? kIdleTrimThresholdBytes : kLoadTrimThresholdBytes);
  if (!quiet) return false;
  // Each time: whether there is anything to give back cannot be told from what
  // malloc says of itself, and with nothing to do this takes a millisecond.
  const bool given_back = malloc_trim(0) == 1;
  if (Differ(ResidentBytes(), resident_) && FreeSomethingInEachArena()) {
    resident_ = ResidentBytes();
  }
  return given_back;
}

}  // namespace panvault::server
