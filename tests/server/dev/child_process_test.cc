// What this shows: a program runs with what it was given and nothing of ours,
// its end is told as it was, and it ends with us, however we end.

#include "server/dev/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(60);

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Not gone, and no zombie that nobody has asked about yet.
bool Runs(pid_t pid) {
  const std::string stat = Contents(absl::StrCat("/proc/", pid, "/stat"));
  const size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.substr(name_end, 3) != ") Z" &&
         stat.substr(name_end, 3) != ") X";
}

class ChildProcessTest : public ::testing::Test {
 protected:
  std::string log() const { return folder_.path() + "/log"; }

  Command CommandOf(std::vector<std::string> argv) const {
    Command command;
    command.argv = std::move(argv);
    command.log_path = log();
    return command;
  }
  Command Shell(const std::string& script) const {
    return CommandOf({"/bin/sh", "-c", script});
  }

  // What the shell says when it runs `script`.
  std::string Said(const std::string& script) const {
    EXPECT_THAT(RunProgram(Shell(script), kPatience), IsOk());
    std::string text = Contents(log());
    std::filesystem::remove(log());
    return text;
  }

  // Runs `body` in a process of its own, which is then killed.
  void InAKilledProcess(const std::function<void()>& body) const {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      body();
      static_cast<void>(!write(ends[1], "x", 1));
      for (;;) pause();
    }
    char done = 0;
    EXPECT_EQ(read(ends[0], &done, 1), 1);
    EXPECT_EQ(kill(pid, SIGKILL), 0);
    EXPECT_EQ(waitpid(pid, nullptr, 0), pid);
    close(ends[0]);
    close(ends[1]);
  }

  TempFolder folder_;
};

TEST_F(ChildProcessTest, OutputAndErrorsAreAppendedToTheLog) {
  EXPECT_THAT(RunProgram(Shell("echo out; echo err >&2"), kPatience), IsOk());
  EXPECT_THAT(
      RunProgram(CommandOf({"/bin/echo", "a b", "$HOME", "'"}), kPatience),
      IsOk());  // No shell in between.
  EXPECT_EQ(Contents(log()), "out\nerr\na b $HOME '\n");
  struct stat facts = {};
  ASSERT_EQ(stat(log().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777u, 0600u);
}

TEST_F(ChildProcessTest, InputIsReadAndThenEnds) {
  Command command = CommandOf({"/bin/cat"});
  EXPECT_THAT(RunProgram(command, kPatience), IsOk());
  EXPECT_EQ(Contents(log()), "");
  command.input = std::string(4096, 'x');
  EXPECT_THAT(RunProgram(command, kPatience), IsOk());
  EXPECT_EQ(Contents(log()), command.input);
  command.input += "x";
  EXPECT_THAT(RunProgram(command, kPatience),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ChildProcessTest, HowItEndedIsTold) {
  const absl::Status exit = RunProgram(Shell("exit 3"), kPatience);
  EXPECT_THAT(exit, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(
      std::string(exit.message()),
      AllOf(HasSubstr("/bin/sh failed (exit code 3)"), HasSubstr(log())));
  const absl::Status signal = RunProgram(Shell("kill -TERM $$"), kPatience);
  EXPECT_THAT(signal, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(signal.message()), HasSubstr("(signal 15)"));
}

TEST_F(ChildProcessTest, AProgramThatTakesTooLongIsEnded) {
  const absl::Status late =
      RunProgram(Shell("echo $$; exec sleep 600"), absl::Milliseconds(200));
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(std::string(late.message()), HasSubstr("200ms"));
  // Had it not come as far as its first word, there would be nothing to look
  // at.
  const std::string pid = Contents(log());
  EXPECT_FALSE(!pid.empty() && Runs(std::stoi(pid)));
}

TEST_F(ChildProcessTest, WhatCannotBeStartedIsNamedWithTheStep) {
  const auto none = ChildProcess::Start(CommandOf({"/no/such/program"}));
  EXPECT_THAT(none, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(none.status().message()),
              AllOf(HasSubstr("/no/such/program"), HasSubstr("execve")));
  // Nothing is looked up on a path.
  EXPECT_THAT(ChildProcess::Start(CommandOf({"sh"})),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(ChildProcess::Start(CommandOf({folder_.path()})),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);  // No zombies.
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ChildProcessTest, TheLogIsAFileOfOurs) {
  std::ofstream(folder_.path() + "/target") << "target";
  std::filesystem::create_symlink("target", log());
  const auto linked = ChildProcess::Start(Shell("echo x"));
  EXPECT_THAT(linked, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(linked.status().message()), HasSubstr(log()));
  EXPECT_EQ(Contents(folder_.path() + "/target"), "target");
  Command command = Shell("echo x");
  command.log_path = folder_.path() + "/none/log";
  EXPECT_THAT(ChildProcess::Start(command),
              StatusIs(absl::StatusCode::kInternal));
}

TEST_F(ChildProcessTest, NothingOfOurEnvironmentGoesAlong) {
  setenv("PGHOST", "elsewhere", 1);
  setenv("LD_PANVAULT_TEST", "x", 1);
  EXPECT_THAT(RunProgram(CommandOf({"/usr/bin/env"}), kPatience), IsOk());
  unsetenv("PGHOST");
  unsetenv("LD_PANVAULT_TEST");
  EXPECT_EQ(Contents(log()), "PATH=/usr/bin:/bin\nLC_ALL=C.UTF-8\nTZ=UTC\n");
}

TEST_F(ChildProcessTest, RunsInTheRootFolderWithAStrictUmask) {
  EXPECT_EQ(Said("pwd; umask"), "/\n0077\n");
}

TEST_F(ChildProcessTest, HasASessionOfItsOwn) {
  const std::vector<std::string> ids =
      absl::StrSplit(Said("cut -d' ' -f1,5,6 /proc/$$/stat"), ' ');
  ASSERT_EQ(ids.size(), 3u);  // pid, process group, session.
  EXPECT_EQ(ids[1], ids[0]);
  EXPECT_EQ(ids[2], ids[0] + "\n");
}

TEST_F(ChildProcessTest, NoneOfOurFileDescriptorsGoAlong) {
  const int fd = open("/dev/null", O_RDONLY);  // Without O_CLOEXEC.
  ASSERT_GE(fd, 0);
  ASSERT_EQ(dup2(fd, 150), 150);
  EXPECT_EQ(Said("i=0; while [ $i -lt 200 ]; do "
                 "[ -e /proc/$$/fd/$i ] && echo $i; i=$((i+1)); done; true"),
            "0\n1\n2\n");
  close(150);
  close(fd);
}

TEST_F(ChildProcessTest, OurSignalSettingsDoNotGoAlong) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  const auto handler = signal(SIGUSR2, SIG_IGN);
  const Command command = CommandOf(
      {"/bin/grep", "-cE", "^Sig(Blk|Ign):\t0+$", "/proc/self/status"});
  EXPECT_THAT(RunProgram(command, kPatience), IsOk());
  EXPECT_EQ(Contents(log()), "2\n");
  // And ours are as they were.
  sigset_t after;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
  EXPECT_EQ(sigismember(&after, SIGUSR1), 1);
  EXPECT_EQ(sigismember(&after, SIGUSR2), 0);
  signal(SIGUSR2, handler);
}

TEST_F(ChildProcessTest, RunsAsTheAccountAskedFor) {
  const std::string script = "id -u; id -g; id -G";
  ASSERT_OK_AND_ASSIGN(const OsAccount self, CurrentAccount());
  ASSERT_OK_AND_ASSIGN(const OsAccount nobody, AccountNamed("nobody"));
  Command command = Shell(script);
  command.account = self;
  EXPECT_THAT(RunProgram(command, kPatience), IsOk());
  EXPECT_TRUE(absl::StartsWith(Contents(log()), absl::StrCat(self.uid, "\n")));
  std::filesystem::remove(log());
  command.account = nobody;
  const absl::Status status = RunProgram(command, kPatience);
  if (geteuid() == 0) {
    EXPECT_THAT(status, IsOk());
    EXPECT_EQ(Contents(log()), absl::StrCat(nobody.uid, "\n", nobody.gid, "\n",
                                            nobody.gid, "\n"));
  } else {
    EXPECT_THAT(std::string(status.message()), HasSubstr("setgroups"));
  }
}

TEST_F(ChildProcessTest, SignalsReachItUntilItHasEnded) {
  ASSERT_OK_AND_ASSIGN(const auto child,
                       ChildProcess::Start(Shell("exec sleep 600")));
  EXPECT_EQ(child->WaitFor(absl::ZeroDuration()), std::nullopt);
  EXPECT_EQ(child->WaitFor(absl::Milliseconds(1)), std::nullopt);
  child->Signal(SIGTERM);
  const std::optional<int> status = child->WaitFor(kPatience);
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(WIFSIGNALED(*status));
  EXPECT_EQ(WTERMSIG(*status), SIGTERM);
  child->Signal(SIGTERM);  // Reaches nobody.
  EXPECT_EQ(child->WaitFor(absl::ZeroDuration()), status);
}

TEST_F(ChildProcessTest, TheDestructorEndsIt) {
  // It would not listen to anything milder.
  auto child =
      ChildProcess::Start(Shell("trap '' INT TERM QUIT HUP; exec sleep 600"));
  ASSERT_THAT(child, IsOk());
  const pid_t pid = (*child)->pid();
  EXPECT_TRUE(Runs(pid));
  child->reset();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(ChildProcessTest, OutlivesTheThreadThatStartedIt) {
  std::unique_ptr<ChildProcess> child;
  std::thread([&] {
    auto started = ChildProcess::Start(Shell("read line; exec sleep 600"));
    if (started.ok()) child = *std::move(started);
  }).join();
  ASSERT_NE(child, nullptr);
  EXPECT_EQ(child->WaitFor(absl::Milliseconds(50)), std::nullopt);
}

TEST_F(ChildProcessTest, EndsWithUsEvenIfWeAreKilled) {
  std::unique_ptr<ChildProcess> leaked;
  InAKilledProcess([&] {
    auto started =
        ChildProcess::Start(Shell("trap '' INT TERM; echo $$; exec sleep 600"));
    if (started.ok()) leaked = *std::move(started);
    Eventually([&] { return absl::EndsWith(Contents(log()), "\n"); });
  });
  const std::string pid = Contents(log());
  ASSERT_TRUE(absl::EndsWith(pid, "\n"));
  EXPECT_TRUE(Eventually([&] { return !Runs(std::stoi(pid)); }));
}

TEST_F(ChildProcessTest, GetsTheSignalOfItsChoiceWhenWeAreKilled) {
  std::unique_ptr<ChildProcess> leaked;
  InAKilledProcess([&] {
    Command command = Shell(
        "trap 'echo orderly; exit' INT; echo ready; "
        "i=0; while [ $i -lt 2000 ]; do sleep 0.03; i=$((i+1)); done");
    command.death_signal = SIGINT;
    auto started = ChildProcess::Start(command);
    if (started.ok()) leaked = *std::move(started);
    Eventually([&] { return absl::StrContains(Contents(log()), "ready"); });
  });
  EXPECT_TRUE(Eventually([&] { return Contents(log()) == "ready\norderly\n"; }))
      << Contents(log());
}

TEST_F(ChildProcessTest, WorksWhenOurOwnStandardStreamsAreClosed) {
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    for (int fd = 0; fd <= 4; ++fd) close(fd);
    Command command = Shell("cat; echo err >&2");
    command.input = "in\n";
    _exit(RunProgram(command, kPatience).ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Contents(log()), "in\nerr\n");
}

TEST_F(ChildProcessTest, ManyThreadsStartAndSignalAtOnce) {
  std::vector<std::thread> threads;
  ASSERT_OK_AND_ASSIGN(const auto shared,
                       ChildProcess::Start(Shell("exec sleep 600")));
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        EXPECT_THAT(RunProgram(CommandOf({"/bin/true"}), kPatience), IsOk());
        shared->Signal(0);
      }
      shared->Signal(SIGTERM);
      EXPECT_TRUE(shared->WaitFor(kPatience).has_value());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace panvault::dev
