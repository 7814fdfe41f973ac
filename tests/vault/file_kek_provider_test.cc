// What this shows: a KEK is read only from a regular file of the right size
// that is ours or root's and closed to others, and every refusal says what to
// do.

#include "vault/file_kek_provider.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/contract/kek_provider_contract.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"
#include "vault/errors.h"
#include "vault/key_wrap.h"

namespace panvault::testing {

INSTANTIATE_TEST_SUITE_P(File, KekProviderContract,
                         ::testing::Values(KekUnderTest{
                             "file", [](const KekBytes& key) {
                               const TempFolder folder;
                               const std::string path = folder.path() + "/kek";
                               std::ofstream(path).write(
                                   reinterpret_cast<const char*>(key.data()),
                                   static_cast<std::streamsize>(key.size()));
                               EXPECT_EQ(chmod(path.c_str(), 0400), 0);
                               auto kek = vault::NewFileKekProvider(path);
                               EXPECT_THAT(kek, IsOk());
                               return *std::move(kek);
                             }}));

}  // namespace panvault::testing

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

class FileKekProvider : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_.path(), "/", name);
  }

  // Writes `size` bytes of `byte` with `mode`.
  std::string Write(const std::string& name, char byte, size_t size,
                    mode_t mode) const {
    const std::string path = Path(name);
    const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    EXPECT_GE(fd, 0);
    const std::string bytes(size, byte);
    EXPECT_EQ(write(fd, bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
    EXPECT_EQ(fchmod(fd, mode), 0);
    EXPECT_EQ(close(fd), 0);
    return path;
  }

  void ExpectRefused(const std::string& path, const char* why) const {
    const absl::Status status = NewFileKekProvider(path).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }

  testing::TempFolder folder_;
};

// Owner's bits do not matter, the group may read, others nothing.
TEST_F(FileKekProvider, EveryModeIsReadOrRefused) {
  const std::string path = Write("kek", 'k', 32, 0600);
  for (mode_t mode = 0; mode <= 0777; ++mode) {
    if (geteuid() != 0 && (mode & 0400) == 0) continue;  // Closed to us.
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
    if ((mode & 0037) == 0) {
      EXPECT_THAT(NewFileKekProvider(path), IsOk()) << std::oct << mode;
    } else {
      SCOPED_TRACE(mode);
      ExpectRefused(path, "chmod");
    }
  }
}

// HMAC-SHA256 of "panvault kek id v1" under 32 times 'k', computed apart:
// python3 -c 'import hmac; print(hmac.digest(b"k"*32, b"panvault kek id v1",
// "sha256").hex()[:16])'
TEST_F(FileKekProvider, IdIsThatOfTheKey) {
  ASSERT_OK_AND_ASSIGN(const auto a,
                       NewFileKekProvider(Write("a", 'k', 32, 0600)));
  ASSERT_OK_AND_ASSIGN(const auto b,
                       NewFileKekProvider(Write("b", 'k', 32, 0400)));
  ASSERT_OK_AND_ASSIGN(const auto c,
                       NewFileKekProvider(Write("c", 'l', 32, 0400)));
  EXPECT_EQ(a->kek_id(), "file:cb699021e1ca9639");
  EXPECT_EQ(a->kek_id(), b->kek_id());
  EXPECT_NE(a->kek_id(), c->kek_id());
}

TEST_F(FileKekProvider, AbsentIsNotFound) {
  const absl::Status status = NewFileKekProvider(Path("absent")).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("absent")));
}

TEST_F(FileKekProvider, RefusesEveryOtherSize) {
  for (const size_t size : {0u, 1u, 16u, 31u, 33u, 44u, 64u, 4096u}) {
    SCOPED_TRACE(size);
    ExpectRefused(Write("kek", 'k', size, 0600), "exactly 32");
  }
}

// As kubelet mounts a Secret with fsGroup: kek -> ..data/kek, ..data -> a
// folder named by the time, the file root's with mode 0440 and the pod's group.
TEST_F(FileKekProvider, ReadsAVolumeOfKubernetes) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  constexpr uid_t kServer = 12345;
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(mkdir(Path("..2026").c_str(), 0755), 0);
  const std::string file = Write("..2026/kek", 'k', 32, 0440);
  ASSERT_EQ(chown(file.c_str(), 0, kServer), 0);
  ASSERT_EQ(symlink("..2026", Path("..data").c_str()), 0);
  ASSERT_EQ(symlink("..data/kek", Path("kek").c_str()), 0);
  EXPECT_EXIT(
      {
        const bool became =
            setregid(kServer, kServer) == 0 && setreuid(kServer, kServer) == 0;
        _exit(became && NewFileKekProvider(Path("kek")).ok() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(FileKekProvider, LinkDoesNotMakeAFileOurs) {
  const std::string path = Write("kek", 'k', 32, 0604);
  ASSERT_EQ(symlink("kek", Path("link").c_str()), 0);
  ExpectRefused(Path("link"), "chmod");
}

TEST_F(FileKekProvider, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkdir(Path("folder").c_str(), 0700), 0);
  ExpectRefused(Path("folder"), "regular");
  // Does not wait for a writer either.
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  ExpectRefused(Path("fifo"), "regular");
}

TEST_F(FileKekProvider, RefusesAFileOfAnotherUser) {
  const std::string path = Write("kek", 'k', 32, 0600);
  if (chown(path.c_str(), geteuid() + 1, static_cast<gid_t>(-1)) != 0) {
    GTEST_SKIP() << "only root can give a file away";
  }
  ExpectRefused(path, "belongs to another user");
}

TEST_F(FileKekProvider, MessagesDoNotHoldTheKey) {
  const absl::Status status =
      NewFileKekProvider(Write("a", 'k', 31, 0600)).status();
  EXPECT_EQ(std::string(status.message()).find("kkk"), std::string::npos);
}

}  // namespace
}  // namespace panvault::vault
