// What this shows: what runs on a data folder is found by program and folder,
// never by number, and is ended only if it does not end by itself.

#include "server/dev/cluster_processes.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/child_process.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

namespace fs = std::filesystem;

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A program called `postgres` is a copy of sleep: that is all that is asked.
class ClusterProcessesTest : public ::testing::Test {
 protected:
  ClusterProcessesTest() {
    fs::create_directory(data());
    fs::create_directory(folder_.path() + "/bin");
    fs::copy_file("/bin/sleep", program("postgres"));
    fs::copy_file("/bin/sleep", program("other"));
  }

  std::string data() const { return folder_.path() + "/data"; }
  std::string program(absl::string_view name) const {
    return absl::StrCat(folder_.path(), "/bin/", name);
  }

  // Runs `program` in `folder`, after the shell commands `before`.
  std::unique_ptr<ChildProcess> Run(const std::string& program_path,
                                    const std::string& folder,
                                    const std::string& before = "true") {
    Command command;
    command.argv = {"/bin/sh", "-c",
                    absl::StrCat("ulimit -c 0; cd '", folder, "'; ", before,
                                 "; exec '", program_path, "' 600")};
    command.log_path = folder_.path() + "/log";
    auto child = ChildProcess::Start(command);
    EXPECT_TRUE(child.ok()) << child.status();
    if (!child.ok()) return nullptr;
    // Until the shell has become the program.
    const std::string exe = absl::StrCat("/proc/", (*child)->pid(), "/exe");
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::minutes(1);
    std::error_code gone;
    while (fs::read_symlink(exe, gone).string() != program_path) {
      EXPECT_LT(std::chrono::steady_clock::now(), deadline);
      if (HasFailure()) return nullptr;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return *std::move(child);
  }

  TempFolder folder_;
};

TEST_F(ClusterProcessesTest, FindsByProgramAndFolder) {
  EXPECT_THAT(ProcessesIn(data()), IsEmpty());
  const std::string elsewhere = data() + "2";
  const std::string below = data() + "/base";
  fs::create_directory(elsewhere);
  fs::create_directory(below);
  const auto first = Run(program("postgres"), data());
  const auto second = Run(program("postgres"), data());
  const auto other = Run(program("other"), data());
  const auto neighbour = Run(program("postgres"), elsewhere);
  const auto child = Run(program("postgres"), below);
  ASSERT_FALSE(HasFailure());
  EXPECT_THAT(ProcessesIn(data()),
              UnorderedElementsAre(first->pid(), second->pid()));
  EXPECT_THAT(ProcessesIn(elsewhere), ElementsAre(neighbour->pid()));
  EXPECT_THAT(ProcessesIn(folder_.path() + "/none"), IsEmpty());
}

// An upgrade replaces the program's file while the old one still runs.
TEST_F(ClusterProcessesTest, FindsAProgramWhoseFileWasReplaced) {
  const auto server = Run(program("postgres"), data());
  ASSERT_FALSE(HasFailure());
  fs::remove(program("postgres"));
  EXPECT_THAT(ProcessesIn(data()), ElementsAre(server->pid()));
}

TEST_F(ClusterProcessesTest, WhatHasEndedIsNotFound) {
  const auto server = Run(program("postgres"), data());
  ASSERT_FALSE(HasFailure());
  server->Signal(SIGKILL);
  ASSERT_TRUE(server->WaitFor(absl::Minutes(1)).has_value());
  EXPECT_THAT(ProcessesIn(data()), IsEmpty());
}

TEST_F(ClusterProcessesTest, NothingLeftIsFine) {
  EXPECT_THAT(EndLeftovers(data(), absl::ZeroDuration()), IsOk());
}

TEST_F(ClusterProcessesTest, LeftoversThatEndThemselvesAreNotDisturbed) {
  const auto server = Run(program("postgres"), data());
  ASSERT_FALSE(HasFailure());
  std::thread end([&] { server->Signal(SIGTERM); });
  EXPECT_THAT(EndLeftovers(data(), absl::Minutes(2)), IsOk());
  end.join();
  const auto status = server->WaitFor(absl::Minutes(1));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGTERM);  // Not SIGQUIT, a minute later.
}

TEST_F(ClusterProcessesTest, LeftoversAreAskedToStopAndOthersAreNot) {
  const auto server = Run(program("postgres"), data());
  const auto other = Run(program("other"), data());
  ASSERT_FALSE(HasFailure());
  EXPECT_THAT(EndLeftovers(data(), absl::Seconds(4)), IsOk());
  const auto status = server->WaitFor(absl::Minutes(1));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WTERMSIG(*status), SIGQUIT);
  EXPECT_EQ(other->WaitFor(absl::ZeroDuration()), std::nullopt);
}

TEST_F(ClusterProcessesTest, WhatDoesNotStopIsNamed) {
  const auto server = Run(program("postgres"), data(), "trap '' QUIT");
  ASSERT_FALSE(HasFailure());
  const absl::Status status = EndLeftovers(data(), absl::Milliseconds(50));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr(data()));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat(server->pid())));
  EXPECT_EQ(server->WaitFor(absl::ZeroDuration()), std::nullopt);
}

}  // namespace
}  // namespace panvault::dev
