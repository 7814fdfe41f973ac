#include "server/process.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/idle_trim.h"

namespace panvault::server {
namespace {

bool IsDangerous(absl::string_view name) {
  return absl::StartsWith(name, "GRPC_") || absl::StartsWith(name, "PG") ||
         absl::StartsWith(name, "OPENSSL_") || name == "SSLKEYLOGFILE" ||
         name == "SSL_CERT_FILE" || name == "SSL_CERT_DIR" ||
         absl::StartsWith(name, "PKCS11SPY") || name == "OPENSC_DEBUG" ||
         name == "P11_KIT_DEBUG";
}

// Batches of 10,000 items need buffers of megabytes. By default malloc maps and
// unmaps those for each call, which costs a third of a batch's CPU.
constexpr int kMmapThresholdBytes = 32 << 20;

static_assert(kMmapThresholdBytes <= 32 << 20, "glibc refuses more");

}  // namespace

// By default there are eight for each core: what one thread takes and another
// gives back is scattered over all, and after a flood little of it can be given
// back to the system.
int MallocArenasMax() {
  return static_cast<int>(std::max(2U, std::thread::hardware_concurrency()));
}

std::vector<std::string> ScrubEnvironment() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const absl::string_view text(*entry);
    const absl::string_view name = text.substr(0, text.find('='));
    if (IsDangerous(name)) names.emplace_back(name);
  }
  for (const std::string& name : names) unsetenv(name.c_str());
  return names;
}

absl::Status HardenProcess() {
  const rlimit no_core = {.rlim_cur = 0, .rlim_max = 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) {
    return absl::ErrnoToStatus(errno, "cannot switch core dumps off");
  }
  // Also keeps /proc/<pid>/mem from other processes of this user.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make the process undumpable");
  }
  // An allocator in place of glibc's, such as AddressSanitizer's, has no such
  // settings.
  mallopt(M_MMAP_THRESHOLD, kMmapThresholdBytes);
  mallopt(M_TRIM_THRESHOLD, kLoadTrimThresholdBytes);
  mallopt(M_ARENA_MAX, MallocArenasMax());
  // Debian builds abseil with lock-order checking on, in gRPC's hot path.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  return absl::OkStatus();
}

absl::Status RequireDescriptors(size_t needed) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "cannot read RLIMIT_NOFILE");
  }
  if (limit.rlim_max < needed) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the limits want ", needed, " file descriptors, and RLIMIT_NOFILE is ",
        limit.rlim_max, ": raise it, or lower limits.connections"));
  }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "cannot raise RLIMIT_NOFILE");
  }
  return absl::OkStatus();
}

}  // namespace panvault::server
