// ChildProcess: another program, started without a shell, that does not outlive
// this process.
//
// Linux only: the kernel sends the child a signal when we die (PR_SET_PDEATHSIG
// of prctl(2)), so even SIGKILL leaves nothing behind.

#ifndef PANVAULT_SERVER_DEV_CHILD_PROCESS_H_
#define PANVAULT_SERVER_DEV_CHILD_PROCESS_H_

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/dev/os_account.h"

namespace panvault::dev {

struct Command {
  // argv[0] is the program's absolute path.
  std::vector<std::string> argv;
  // Absent: this process's own account. Another one needs root.
  std::optional<OsAccount> account;
  // What the program reads, at most 4096 bytes, then end of file.
  std::string input;
  // Where its output and errors are appended; made with mode 0600.
  std::string log_path;
  // What the kernel sends it when we die.
  int death_signal = 9;
};

// The child runs in "/", in a session of its own (a Ctrl-C is ours to handle),
// with a minimal environment, umask 077, and none of our file descriptors.
//
// Thread-safe.
class ChildProcess final {
 public:
  // Returns once the program runs. kInternal with the step that failed.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const Command& command);
  // Ends it with SIGKILL unless it has ended.
  ~ChildProcess();

  pid_t pid() const { return pid_; }

  // Does nothing once it has ended: the pid may be somebody else's by then.
  void Signal(int signal);

  // Waits for its end. Returns the status as of waitpid(2), or nothing if it
  // still runs after `timeout`.
  std::optional<int> WaitFor(absl::Duration timeout);

 private:
  ChildProcess() = default;
  void Keep(pid_t pid);

  // The kernel's "parent" is the thread that forked, so that thread stays until
  // the child has ended.
  std::thread keeper_;
  pid_t pid_ = -1;

  // Guards all below.
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
  int status_ = 0;
};

// Runs a program to its end. kDeadlineExceeded (it was ended then), or
// kInternal unless it exits with 0; messages name the program and its log.
// Thread-safe.
absl::Status RunProgram(const Command& command, absl::Duration timeout);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_CHILD_PROCESS_H_
