#include "server/memory_watch.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace panvault::server {
namespace {

// Between two times that connections are ended: gRPC needs it to let go of what
// they had.
constexpr absl::Duration kAfterShed = absl::Milliseconds(200);
// Trimming takes some milliseconds, with all of malloc's locks.
constexpr absl::Duration kAfterTrim = absl::Milliseconds(100);

}  // namespace

std::optional<uint64_t> MemoryOfControlGroup(const std::string& folder) {
  std::ifstream file(absl::StrCat(folder, "/memory.max"));
  std::string text;
  uint64_t bytes = 0;
  // "max" is no number.
  if (!(file >> text) || !absl::SimpleAtoi(text, &bytes) || bytes == 0) {
    return std::nullopt;
  }
  return bytes;
}

MemoryWatch::MemoryWatch(uint64_t may_have, Means means, JsonLog& log)
    : short_from_(may_have / 100 * kMemoryShortPercent),
      means_(std::move(means)),
      log_(log) {}

void MemoryWatch::Tick(absl::Time now) {
  if (now < not_before_ || means_.resident() < short_from_) return;
  // It may only be what an earlier moment has left behind.
  means_.trim();
  not_before_ = now + kAfterTrim;
  const uint64_t resident = means_.resident();
  if (resident < short_from_) return;
  // Down to half, so that one who sends slowly is not told of again at once.
  const size_t ended = means_.shed(resident - short_from_ / 2);
  not_before_ = now + kAfterShed;
  log_.Write("memory_short", {{"resident_bytes", resident},
                              {"short_from_bytes", short_from_},
                              {"connections_closed", ended},
                              {"pci", {"6.4.1"}}})
      .IgnoreError();
}

uint64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t all = 0;
  uint64_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

void GiveMemoryBack() { malloc_trim(0); }

}  // namespace panvault::server
