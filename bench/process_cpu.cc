#include "bench/process_cpu.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace panvault::bench {
namespace {

// Places after the process's name, from 0.
constexpr size_t kUserTime = 11;
constexpr size_t kSystemTime = 12;

}  // namespace

absl::StatusOr<uint64_t> CpuTicksOf(absl::string_view stat_line) {
  // The name may hold anything, parentheses and spaces included.
  const size_t name_end = stat_line.rfind(')');
  if (name_end == absl::string_view::npos) {
    return absl::InvalidArgumentError("not a line of /proc/PID/stat");
  }
  const std::vector<absl::string_view> fields = absl::StrSplit(
      stat_line.substr(name_end + 1), ' ', absl::SkipWhitespace());
  uint64_t user = 0;
  uint64_t system = 0;
  if (fields.size() <= kSystemTime ||
      !absl::SimpleAtoi(fields[kUserTime], &user) ||
      !absl::SimpleAtoi(fields[kSystemTime], &system)) {
    return absl::InvalidArgumentError("not a line of /proc/PID/stat");
  }
  return user + system;
}

absl::StatusOr<std::chrono::nanoseconds> ProcessCpu(int pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::string line;
  if (!std::getline(file, line)) {
    return absl::NotFoundError(absl::StrCat("no process ", pid));
  }
  const absl::StatusOr<uint64_t> ticks = CpuTicksOf(line);
  if (!ticks.ok()) return ticks.status();
  const std::chrono::nanoseconds second = std::chrono::seconds(1);
  return *ticks * (second / sysconf(_SC_CLK_TCK));
}

}  // namespace panvault::bench
