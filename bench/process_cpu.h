// The CPU time of another process, as /proc/PID/stat gives it: user and system,
// all threads, those that have ended too; in ticks of 10 ms.

#ifndef PANVAULT_BENCH_PROCESS_CPU_H_
#define PANVAULT_BENCH_PROCESS_CPU_H_

#include <chrono>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace panvault::bench {

// kNotFound if there is no such process, or /proc cannot be read.
absl::StatusOr<std::chrono::nanoseconds> ProcessCpu(int pid);

// utime and stime of one line of /proc/PID/stat (proc(5)), added up, in ticks.
// kInvalidArgument for any other text.
absl::StatusOr<uint64_t> CpuTicksOf(absl::string_view stat_line);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_PROCESS_CPU_H_
