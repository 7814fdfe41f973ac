#include "server/dev/cluster_processes.h"

#include <signal.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

namespace panvault::dev {
namespace {

// `exe` is what the kernel says. A program whose file an upgrade has replaced
// still runs, and still uses the data.
bool IsPostgres(const std::filesystem::path& exe) {
  const std::string name = exe.filename().string();
  return absl::StripSuffix(name, " (deleted)") == "postgres";
}

}  // namespace

std::vector<pid_t> ProcessesIn(const std::string& data_dir) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", error)) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    // These fail for other users' processes and for those that just ended.
    std::error_code unreadable;
    const auto folder =
        std::filesystem::read_symlink(entry.path() / "cwd", unreadable);
    if (unreadable || folder.string() != data_dir) continue;
    const auto program =
        std::filesystem::read_symlink(entry.path() / "exe", unreadable);
    if (!unreadable && IsPostgres(program)) found.push_back(pid);
  }
  return found;
}

absl::Status EndLeftovers(const std::string& data_dir,
                          absl::Duration patience) {
  // The monotonic clock is not abseil's; a jump of the wall clock only changes
  // how long we wait.
  const absl::Time start = absl::Now();
  bool asked = false;
  for (;;) {
    const std::vector<pid_t> left = ProcessesIn(data_dir);
    if (left.empty()) return absl::OkStatus();
    const absl::Duration waited = absl::Now() - start;
    if (waited > patience) {
      return absl::FailedPreconditionError(absl::StrCat(
          left.size(), " PostgreSQL processes of an earlier run, ",
          "for instance ", left.front(), ", do not end; they use ", data_dir));
    }
    if (!asked && waited > patience / 2) {
      for (const pid_t pid : left) kill(pid, SIGQUIT);
      asked = true;
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
}

}  // namespace panvault::dev
