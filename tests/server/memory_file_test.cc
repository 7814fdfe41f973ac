// What this shows: a memory file is read by its path as any file, is replaced
// in one step under the eyes of readers, leaves nothing behind, and can be read
// by a process that no debugger may look at, whoever its user is.

#include "server/memory_file.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

time_t ModifiedAt(const std::string& path) {
  struct stat facts = {};
  EXPECT_EQ(stat(path.c_str(), &facts), 0);
  return facts.st_mtime;
}

MemoryFile Make(absl::string_view text) {
  return MemoryFile::Create({text}).value();
}

TEST(MemoryFileTest, IsReadByItsPath) {
  ASSERT_OK_AND_ASSIGN(const MemoryFile file,
                       MemoryFile::Create({"key", "\n", "chain"}));
  EXPECT_EQ(Read(file.path()), "key\nchain");
  EXPECT_EQ(Read(file.path()), "key\nchain") << "each open starts anew";
}

TEST(MemoryFileTest, HasNoNameAndIsNotInherited) {
  const MemoryFile file = Make("x");
  struct stat facts = {};
  ASSERT_EQ(stat(file.path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_nlink, 0u);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const int fd = std::stoi(file.path().substr(sizeof "/proc/self/fd/" - 1));
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST(MemoryFileTest, IsReplacedUnderTheSamePath) {
  MemoryFile file = Make("old");
  const std::string path = file.path();
  std::set<time_t> stamps = {ModifiedAt(path)};
  for (const char* text : {"new", "a longer one", "3"}) {
    file.ReplaceBy(Make(text));
    EXPECT_EQ(file.path(), path);
    EXPECT_EQ(Read(path), text);
    EXPECT_TRUE(stamps.insert(ModifiedAt(path)).second) << "noticed by time";
  }
  EXPECT_EQ(stamps.count(0), 0u);
  const int fd = std::stoi(path.substr(sizeof "/proc/self/fd/" - 1));
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST(MemoryFileTest, OldContentIsWiped) {
  MemoryFile file = Make("secret");
  std::ifstream old(file.path(), std::ios::binary);
  file.ReplaceBy(Make("new"));
  std::string left(6, 'x');
  old.read(left.data(), 6);
  EXPECT_EQ(left, std::string(6, '\0'));
}

TEST(MemoryFileTest, EraseLeavesNothing) {
  MemoryFile file = Make("secret");
  file.Erase();
  EXPECT_EQ(Read(file.path()), "######");
}

TEST(MemoryFileTest, LeavesNoDescriptorBehind) {
  const auto lowest_free = [] {
    const int fd = dup(0);
    close(fd);
    return fd;
  };
  const int before = lowest_free();
  {
    MemoryFile file = Make("0");
    for (int i = 0; i < 100; ++i) file.ReplaceBy(Make("1"));
    const MemoryFile moved = std::move(file);
    EXPECT_EQ(Read(moved.path()), "1");
  }
  EXPECT_EQ(lowest_free(), before);
}

// Readers see one content or the other, whole, while it is replaced.
TEST(MemoryFileTest, ReadersSeeWholeContents) {
  const std::string a(3000, 'a');
  const std::string b(2000, 'b');
  MemoryFile file = Make(a);
  const std::string path = file.path();
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::thread reader([&] {
    while (!done) {
      const time_t before = ModifiedAt(path);
      const std::string seen = Read(path);
      // What gRPC does.
      if (ModifiedAt(path) != before) continue;
      if (seen != a && seen != b) ++torn;
    }
  });
  for (int i = 0; i < 2000; ++i) file.ReplaceBy(Make(i % 2 == 0 ? b : a));
  done = true;
  reader.join();
  EXPECT_EQ(torn, 0);
}

TEST(MemoryFileTest, WithoutDescriptorsIsAnError) {
  rlimit old = {};
  getrlimit(RLIMIT_NOFILE, &old);
  const rlimit none = {.rlim_cur = 0, .rlim_max = old.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const auto file = MemoryFile::Create({"x"});
  setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_THAT(file, testing::StatusIs(absl::StatusCode::kResourceExhausted));
}

// As panvaultd runs: not dumpable, which gives /proc/self/fd to root, and
// without root.
TEST(MemoryFileTest, IsReadByAnUndumpableProcess) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(65534) != 0 ||
                           setuid(65534) != 0)) {
      _exit(2);
    }
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    MemoryFile file = Make("old");
    file.ReplaceBy(Make("new"));
    _exit(Read(file.path()) == "new" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace panvault::server
