// What this shows: the state folder is ours alone or refused, and a file in it
// is there whole, with its mode, or not at all, whatever stood in its place.

#include "server/dev/state_folder.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

namespace fs = std::filesystem;

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;

constexpr uid_t kSomebody = 12345;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

mode_t ModeOf(const std::string& path) {
  struct stat facts = {};
  EXPECT_EQ(lstat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 07777u;
}

// For one test: new files and folders get every bit that is asked for, or none
// that the mask takes.
class Umask final {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;
  ~Umask() { umask(before_); }

 private:
  const mode_t before_;
};

class StateFolderTest : public ::testing::Test {
 protected:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }

  // Both ways to make a folder refuse `path` with this reason.
  void ExpectRefused(const std::string& path, const std::string& why) {
    const auto opened = OpenStateFolder(path);
    EXPECT_THAT(opened, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr(why));
    EXPECT_THAT(MakeFolder(path),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }

  TempFolder folder_;
};

TEST_F(StateFolderTest, MakesTheFolderAndThoseAboveIt) {
  const Umask open(0);
  ASSERT_OK_AND_ASSIGN(const std::string made, OpenStateFolder(Path("a/b/c")));
  EXPECT_EQ(made, Path("a/b/c"));
  EXPECT_EQ(ModeOf(made), 0700u);
  // Again, with what is in it.
  std::ofstream(made + "/file") << "kept";
  ASSERT_OK_AND_ASSIGN(const std::string again, OpenStateFolder(Path("a/b/c")));
  EXPECT_EQ(again, made);
  EXPECT_EQ(Contents(made + "/file"), "kept");
}

TEST_F(StateFolderTest, ReturnsThePathWithoutLinks) {
  fs::create_directory(Path("real"));
  fs::create_symlink("real", Path("link"));
  for (const char* name :
       {"link/state", "link//state///", "real/../link/state", "./real/state"}) {
    EXPECT_EQ(OpenStateFolder(Path(name)).value_or(""), Path("real/state"))
        << name;
  }
}

TEST_F(StateFolderTest, RelativePathsAreThoseOfTheWorkingFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  const auto made = OpenStateFolder("state/");
  fs::current_path(before);
  EXPECT_EQ(made.value_or(""), Path("state"));
}

TEST_F(StateFolderTest, AFolderThatOthersMayReadIsTaken) {
  fs::create_directory(Path("state"));
  ASSERT_EQ(chmod(Path("state").c_str(), 0755), 0);
  EXPECT_THAT(OpenStateFolder(Path("state")), IsOk());
  EXPECT_EQ(ModeOf(Path("state")), 0755u);  // As its owner wants it.
}

TEST_F(StateFolderTest, RefusesFoldersThatOthersMayWriteTo) {
  fs::create_directory(Path("state"));
  for (const mode_t mode : {0720u, 0702u, 0777u, 01777u}) {
    ASSERT_EQ(chmod(Path("state").c_str(), mode), 0);
    ExpectRefused(Path("state"), "can be written by others");
  }
}

TEST_F(StateFolderTest, RefusesLinks) {
  fs::create_directory(Path("real"));
  fs::create_symlink("real", Path("link"));
  ExpectRefused(Path("link"), "is a link");
  // A slash at the end would make the system look through the link.
  EXPECT_THAT(OpenStateFolder(Path("link/")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  fs::create_symlink("nowhere", Path("dangling"));
  ExpectRefused(Path("dangling"), "is a link");
  EXPECT_FALSE(fs::exists(Path("nowhere")));
}

TEST_F(StateFolderTest, RefusesWhatIsNoFolder) {
  std::ofstream(Path("file")) << "x";
  ExpectRefused(Path("file"), "is not a folder");
  EXPECT_THAT(OpenStateFolder(Path("file/below")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(OpenStateFolder(""),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(StateFolderTest, RefusesFoldersOfOthers) {
  if (geteuid() != 0) return;  // Only root can give folders away.
  fs::create_directory(Path("state"));
  ASSERT_EQ(chmod(Path("state").c_str(), 0700), 0);
  ASSERT_EQ(chown(Path("state").c_str(), kSomebody, 0), 0);
  ExpectRefused(Path("state"), "belongs to another user");
}

TEST_F(StateFolderTest, MakeFolderMakesOneLevelOnly) {
  EXPECT_THAT(MakeFolder(Path("a/b")), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(MakeFolder(Path("a")), IsOk());
  EXPECT_THAT(MakeFolder(Path("a/b")), IsOk());
  EXPECT_EQ(ModeOf(Path("a/b")), 0700u);
}

TEST_F(StateFolderTest, WritesWhatReadFileReads) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  for (const std::string& content : {all, std::string(), std::string("x")}) {
    ASSERT_THAT(WriteFile({.path = Path("file"), .content = content}), IsOk());
    ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(Path("file")));
    EXPECT_EQ(read, content);
  }
  EXPECT_FALSE(fs::exists(Path("file.new")));
}

TEST_F(StateFolderTest, WrittenFilesHaveTheirModeWhateverTheUmask) {
  for (const mode_t mask : {0u, 022u, 0777u}) {
    const Umask set(mask);
    for (const mode_t mode : {0600u, 0400u, 0644u}) {
      ASSERT_THAT(
          WriteFile({.path = Path("file"), .content = "x", .mode = mode}),
          IsOk());
      EXPECT_EQ(ModeOf(Path("file")), mode);
    }
  }
}

TEST_F(StateFolderTest, WritingReplacesALinkAndNotItsTarget) {
  std::ofstream(Path("target")) << "target";
  fs::create_symlink("target", Path("file"));
  // Also what a crash, or an enemy, left where the new file is written first.
  fs::create_symlink("target", Path("file.new"));
  ASSERT_THAT(WriteFile({.path = Path("file"), .content = "new"}), IsOk());
  EXPECT_EQ(Contents(Path("target")), "target");
  EXPECT_FALSE(fs::is_symlink(Path("file")));
  EXPECT_EQ(Contents(Path("file")), "new");
}

TEST_F(StateFolderTest, AReaderOfTheOldFileKeepsIt) {
  ASSERT_THAT(WriteFile({.path = Path("file"), .content = "old"}), IsOk());
  std::ifstream reader(Path("file"));
  ASSERT_THAT(WriteFile({.path = Path("file"), .content = "new!"}), IsOk());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(reader), {}), "old");
  EXPECT_EQ(Contents(Path("file")), "new!");
}

TEST_F(StateFolderTest, FailedWritesLeaveTheOldFile) {
  ASSERT_THAT(WriteFile({.path = Path("file"), .content = "old"}), IsOk());
  // As if the disk were full.
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limited = {.rlim_cur = 1000, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  const std::string large(1001, 'x');
  const absl::Status status =
      WriteFile({.path = Path("file"), .content = large});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("file")));
  EXPECT_EQ(Contents(Path("file")), "old");
  EXPECT_FALSE(fs::exists(Path("file.new")));
}

TEST_F(StateFolderTest, FilesAreNotWrittenOverFolders) {
  fs::create_directory(Path("file"));
  EXPECT_THAT(WriteFile({.path = Path("file"), .content = "x"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(fs::is_directory(Path("file")));
  EXPECT_FALSE(fs::exists(Path("file.new")));
  EXPECT_THAT(WriteFile({.path = Path("none/file"), .content = "x"}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(StateFolderTest, ReadFileReadsRegularFilesOfAMegabyte) {
  EXPECT_THAT(ReadFile(Path("none")), StatusIs(absl::StatusCode::kNotFound));
  const std::string largest(1 << 20, 'x');
  std::ofstream(Path("file")) << largest;
  ASSERT_OK_AND_ASSIGN(const std::string read, ReadFile(Path("file")));
  EXPECT_EQ(read, largest);
  std::ofstream(Path("file"), std::ios::app) << "x";
  fs::create_symlink("file", Path("link"));
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  for (const std::string& path : {Path("file"), Path("link"), Path("fifo"),
                                  folder_.path(), std::string("/dev/zero")}) {
    EXPECT_THAT(ReadFile(path), StatusIs(absl::StatusCode::kFailedPrecondition))
        << path;
  }
}

}  // namespace
}  // namespace panvault::dev
