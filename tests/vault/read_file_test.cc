// What this shows: files are read whole or not at all, whatever stands in their
// place, and a private key is read only if nobody else can read or change it.

#include "vault/read_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;

std::string TextOf(const crypto::SecretBytes& secret) {
  const auto bytes = secret.ExposeSecret();
  return std::string(bytes.begin(), bytes.end());
}

class ReadFileTest : public ::testing::Test {
 protected:
  // Writes `content` to a file of this mode; returns its path.
  std::string File(const std::string& content, mode_t mode = 0600) {
    const std::string path = folder_.path() + "/file";
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }

  void ExpectRefused(const std::string& path, absl::StatusCode code) {
    const auto text = ReadFile(path);
    EXPECT_THAT(text, StatusIs(code));
    EXPECT_THAT(std::string(text.status().message()), HasSubstr(path));
    EXPECT_THAT(ReadKeyFile(path), StatusIs(code));
  }

  TempFolder folder_;
};

TEST_F(ReadFileTest, ReadsEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  const std::string path = File(all);
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(path));
  EXPECT_EQ(text, all);
  ASSERT_OK_AND_ASSIGN(const crypto::SecretBytes key, ReadKeyFile(path));
  EXPECT_EQ(TextOf(key), all);
}

TEST_F(ReadFileTest, ReadsAnEmptyFile) {
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(File("")));
  EXPECT_EQ(text, "");
}

TEST_F(ReadFileTest, FollowsLinksAsKubernetesMakesThem) {
  File("content");
  const std::string link = folder_.path() + "/link";
  std::filesystem::create_symlink("file", link);
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(link));
  EXPECT_EQ(text, "content");
  EXPECT_THAT(ReadKeyFile(link), IsOk());
}

TEST_F(ReadFileTest, SizeIsLimited) {
  const std::string largest(kFileBytesMax, 'x');
  ASSERT_OK_AND_ASSIGN(const std::string text, ReadFile(File(largest)));
  EXPECT_EQ(text, largest);
  ExpectRefused(File(largest + "x"), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ReadFileTest, SaysWhenThereIsNone) {
  ExpectRefused(folder_.path() + "/none", absl::StatusCode::kNotFound);
  ExpectRefused(folder_.path() + "/none/none", absl::StatusCode::kNotFound);
  std::filesystem::create_symlink("nowhere", folder_.path() + "/dangling");
  ExpectRefused(folder_.path() + "/dangling", absl::StatusCode::kNotFound);
}

TEST_F(ReadFileTest, RefusesWhatIsNoFile) {
  ExpectRefused(folder_.path(), absl::StatusCode::kFailedPrecondition);
  ExpectRefused("/dev/zero", absl::StatusCode::kFailedPrecondition);
  ExpectRefused(File("") + "/below", absl::StatusCode::kFailedPrecondition);
  const std::string loop = folder_.path() + "/loop";
  std::filesystem::create_symlink("loop", loop);
  ExpectRefused(loop, absl::StatusCode::kFailedPrecondition);
  // Nobody writes to it: opening it must not wait.
  const std::string fifo = folder_.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ExpectRefused(fifo, absl::StatusCode::kFailedPrecondition);
}

TEST_F(ReadFileTest, SaysWhenTheFileIsClosedToUs) {
  if (geteuid() == 0) return;  // Nothing is closed to root.
  ExpectRefused(File("x", 0), absl::StatusCode::kFailedPrecondition);
}

// All 512 modes: owner's bits do not matter, the group may read, others
// nothing.
TEST_F(ReadFileTest, EveryModeOfAKeyFile) {
  const std::string path = File("key");
  for (mode_t mode = 0; mode <= 0777; ++mode) {
    if (geteuid() != 0 && (mode & 0400) == 0) continue;  // Closed to us.
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    const bool is_private = (mode & 0007) == 0 && (mode & 0030) == 0;
    EXPECT_EQ(ReadKeyFile(path).ok(), is_private) << std::oct << mode;
    EXPECT_THAT(ReadFile(path), IsOk()) << std::oct << mode;
  }
}

TEST_F(ReadFileTest, KeyFilesOfOtherUsersAreRefused) {
  if (geteuid() != 0) return;  // Only root can give files away.
  constexpr uid_t kSomebody = 12345;
  const std::string path = File("key");
  ASSERT_EQ(chown(path.c_str(), kSomebody, static_cast<gid_t>(-1)), 0);
  const auto key = ReadKeyFile(path);
  EXPECT_THAT(key, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(key.status().message()), HasSubstr("another user"));
  EXPECT_THAT(ReadFile(path), IsOk());
  // A link of ours does not make it ours.
  const std::string link = folder_.path() + "/link";
  std::filesystem::create_symlink("file", link);
  EXPECT_THAT(ReadKeyFile(link),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ReadFileTest, RootsKeyFileIsReadByItsGroup) {
  if (geteuid() != 0) return;  // Only root can become somebody else.
  constexpr uid_t kSomebody = 12345;
  const std::string path = File("key", 0640);
  ASSERT_EQ(chown(path.c_str(), 0, kSomebody), 0);
  EXPECT_EXIT(
      {
        const bool became = setregid(kSomebody, kSomebody) == 0 &&
                            setreuid(kSomebody, kSomebody) == 0;
        _exit(became && ReadKeyFile(path).ok() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace panvault::vault
