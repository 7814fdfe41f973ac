#include "server/dev/child_process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"

namespace panvault::dev {
namespace {

constexpr size_t kInputBytesMax = 4096;  // Fits a pipe, so writing can't block.
constexpr int kReportFd = 3;             // In the child.
constexpr int kExitNotStarted = 127;     // As shells do.
constexpr int kFirstFreeFd = 10;         // Above what the child dup2()s onto.

// Closes on destruction; -1 is none.
class Fd final {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { Reset(); }
  void Reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd reader;
  Fd writer;
};

// Moves `fd` out of the way of 0 to 3.
Fd Raised(Fd fd) { return Fd(fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstFreeFd)); }

absl::StatusOr<Pipe> NewPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("pipe2: ", strerror(errno)));
  }
  Pipe pipe{Raised(Fd(ends[0])), Raised(Fd(ends[1]))};
  if (pipe.reader.get() < 0 || pipe.writer.get() < 0) {
    return absl::InternalError("out of file descriptors");
  }
  return pipe;
}

// Why the child could not become the program.
struct Failure {
  int step = 0;  // 1-based, see kSteps.
  int error = 0;
};
constexpr const char* kSteps[] = {"",          "setsid", "dup2",
                                  "setgroups", "setgid", "setuid",
                                  "prctl",     "chdir",  "execve"};

// Everything that the child needs, made before the fork: after it, in a process
// that had threads, only async-signal-safe calls are allowed.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> environment;
  bool change_account = false;
  uid_t uid = 0;
  gid_t gid = 0;
  int input = -1;
  int output = -1;
  int report = -1;
  int death_signal = SIGKILL;
  pid_t parent = -1;
};

[[noreturn]] void Fail(int step) {
  const Failure failure{step, errno};
  // If even this fails, the parent sees an early end.
  static_cast<void>(!write(kReportFd, &failure, sizeof(failure)));
  _exit(kExitNotStarted);
}

[[noreturn]] void Become(const Plan& plan) {
  if (setsid() < 0) Fail(1);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (dup2(plan.report, kReportFd) < 0 ||
      fcntl(kReportFd, F_SETFD, FD_CLOEXEC) != 0 || dup2(plan.input, 0) < 0 ||
      dup2(plan.output, 1) < 0 || dup2(plan.output, 2) < 0) {
    Fail(2);
  }
  // Kernels before 5.9 lack it; then close-on-exec has to do.
  syscall(SYS_close_range, kReportFd + 1, ~0U, 0);
  if (plan.change_account) {
    // Plain system calls: the C library's own broadcast to all threads.
    if (syscall(SYS_setgroups, 1, &plan.gid) != 0) Fail(3);
    if (syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0) Fail(4);
    if (syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0) Fail(5);
  }
  // After the change of user, which clears it.
  if (prctl(PR_SET_PDEATHSIG, plan.death_signal) != 0) Fail(6);
  if (getppid() != plan.parent) _exit(kExitNotStarted);  // We died just now.
  umask(077);
  if (chdir("/") != 0) Fail(7);
  execve(plan.argv[0], plan.argv.data(), plan.environment.data());
  Fail(8);
}

// OK once the program runs: its end of the pipe closes on exec.
absl::Status ReadReport(int reader, const std::string& program) {
  Failure failure;
  ssize_t got = 0;
  do {
    got = read(reader, &failure, sizeof(failure));
  } while (got < 0 && errno == EINTR);
  if (got == 0) return absl::OkStatus();
  if (got != static_cast<ssize_t>(sizeof(failure))) {
    return absl::InternalError(absl::StrCat(program, ": no report"));
  }
  return absl::InternalError(absl::StrCat("starting ", program, ": ",
                                          kSteps[failure.step], ": ",
                                          strerror(failure.error)));
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

absl::StatusOr<Fd> InputHolding(const std::string& input) {
  if (input.size() > kInputBytesMax) {
    return absl::InvalidArgumentError("too much input for a program");
  }
  auto pipe = NewPipe();
  if (!pipe.ok()) return pipe.status();
  if (write(pipe->writer.get(), input.data(), input.size()) !=
      static_cast<ssize_t>(input.size())) {
    return absl::InternalError(absl::StrCat("pipe: ", strerror(errno)));
  }
  return std::move(pipe->reader);
}

absl::StatusOr<Fd> OpenLog(const std::string& path) {
  Fd fd = Raised(
      Fd(open(path.c_str(),
              O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)));
  if (fd.get() < 0) {
    return absl::InternalError(absl::StrCat(path, ": ", strerror(errno)));
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const Command& command) {
  auto input = InputHolding(command.input);
  if (!input.ok()) return input.status();
  auto log = OpenLog(command.log_path);
  if (!log.ok()) return log.status();
  auto report = NewPipe();
  if (!report.ok()) return report.status();

  std::vector<std::string> argv = command.argv;
  // Nothing of ours: PG* variables would change what PostgreSQL's programs do.
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin",
                                          "LC_ALL=C.UTF-8", "TZ=UTC"};
  Plan plan;
  plan.argv = Pointers(argv);
  plan.environment = Pointers(environment);
  if (command.account && command.account->uid != geteuid()) {
    plan.change_account = true;
    plan.uid = command.account->uid;
    plan.gid = command.account->gid;
  }
  plan.input = input->get();
  plan.output = log->get();
  plan.report = report->writer.get();
  plan.death_signal = command.death_signal;
  plan.parent = getpid();

  // The keeper takes no signals: they are for the threads that expect them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::unique_ptr<ChildProcess> child(new ChildProcess());
  std::promise<pid_t> forked;
  std::future<pid_t> pid = forked.get_future();
  child->keeper_ = std::thread([&plan, &forked, self = child.get()] {
    const pid_t forked_pid = fork();
    if (forked_pid == 0) Become(plan);
    forked.set_value(forked_pid);
    if (forked_pid > 0) self->Keep(forked_pid);
  });
  child->pid_ = pid.get();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  report->writer.Reset();
  if (child->pid_ < 0) {
    child->ended_ = true;
    return absl::InternalError("fork failed");
  }
  absl::Status status = ReadReport(report->reader.get(), command.argv[0]);
  if (!status.ok()) return status;
  return child;
}

void ChildProcess::Keep(pid_t pid) {
  siginfo_t info;
  while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  // Reaped under the lock, so that Signal() never reaches a pid used again.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (waitpid(pid, &status_, 0) != pid) status_ = 0;
  ended_ = true;
  ended_changed_.notify_all();
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  if (keeper_.joinable()) keeper_.join();
}

void ChildProcess::Signal(int signal) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ended_ && pid_ > 0) kill(pid_, signal);
}

std::optional<int> ChildProcess::WaitFor(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!ended_changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                               [this] { return ended_; })) {
    return std::nullopt;
  }
  return status_;
}

absl::Status RunProgram(const Command& command, absl::Duration timeout) {
  auto child = ChildProcess::Start(command);
  if (!child.ok()) return child.status();
  const std::optional<int> status = (*child)->WaitFor(timeout);
  if (!status.has_value()) {
    return absl::DeadlineExceededError(absl::StrCat(
        command.argv[0], " did not end within ", absl::FormatDuration(timeout),
        "; see ", command.log_path));
  }
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(
      command.argv[0], " failed (",
      WIFEXITED(*status) ? absl::StrCat("exit code ", WEXITSTATUS(*status))
                         : absl::StrCat("signal ", WTERMSIG(*status)),
      "); see ", command.log_path));
}

}  // namespace panvault::dev
