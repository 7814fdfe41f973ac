// What this shows: the dev state is made once, kept as the user left it, and
// never weaker than its header says.

#include "server/dev/dev_state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

mode_t ModeOf(const std::string& path) {
  struct stat facts = {};
  EXPECT_EQ(lstat(path.c_str(), &facts), 0) << path;
  return facts.st_mode & 07777u;
}

class DevStateTest : public ::testing::Test {
 protected:
  std::string root() const { return folder_.path() + "/state"; }

  absl::StatusOr<DevState> Prepare(
      absl::Time now = kNow, const std::string& listen = "127.0.0.1:7443") {
    return PrepareDevState({.state_dir = root(),
                            .listen = listen,
                            .health_listen = "unix:/tmp/health",
                            .conninfo = "host=/s dbname=panvault"},
                           now);
  }

  // Every file of the state with its content.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(root())) {
      if (entry.is_regular_file()) {
        files[entry.path().string()] = Contents(entry.path().string());
      }
    }
    return files;
  }

  TempFolder folder_;
};

TEST_F(DevStateTest, SecondCallChangesNothing) {
  ASSERT_OK_AND_ASSIGN(const DevState first, Prepare());
  EXPECT_TRUE(first.identities.issued);
  EXPECT_FALSE(first.config_kept);
  const auto before = Files();
  EXPECT_EQ(before.size(), 15u);
  ASSERT_OK_AND_ASSIGN(const DevState second, Prepare(kNow + absl::Hours(22)));
  EXPECT_FALSE(second.identities.issued);
  EXPECT_FALSE(second.config_kept);
  EXPECT_EQ(second.identities.not_after, first.identities.not_after);
  EXPECT_EQ(Files(), before);
}

TEST_F(DevStateTest, SecretsAreReadableByTheirOwnerOnly) {
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_EQ(ModeOf(root()), 0700u);
  EXPECT_EQ(ModeOf(root() + "/kek"), 0400u);
  for (const char* name : {"panvaultd", "payment-api", "stranger"}) {
    const std::string folder = root() + "/identities/" + name;
    EXPECT_EQ(ModeOf(folder), 0700u);
    EXPECT_EQ(ModeOf(folder + "/key.pem"), 0600u);
  }
}

TEST_F(DevStateTest, KekIsThirtyTwoBytesAndNeverTheSame) {
  ASSERT_THAT(Prepare(), IsOk());
  const std::string first = Contents(root() + "/kek");
  EXPECT_EQ(first.size(), 32u);
  std::filesystem::remove_all(root());
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_NE(Contents(root() + "/kek"), first);
}

TEST_F(DevStateTest, LostKekIsNotReplaced) {
  ASSERT_THAT(Prepare(), IsOk());
  std::filesystem::remove(root() + "/kek");
  const auto state = Prepare();
  EXPECT_THAT(state, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(state.status().message()), HasSubstr("kek is gone"));
  EXPECT_FALSE(std::filesystem::exists(root() + "/kek"));
}

TEST_F(DevStateTest, KekThatIsNotSafeIsRefused) {
  ASSERT_THAT(Prepare(), IsOk());
  const std::string kek = root() + "/kek";
  ASSERT_EQ(chmod(kek.c_str(), 0440), 0);
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_EQ(chmod(kek.c_str(), 0600), 0);
  EXPECT_THAT(Prepare(), IsOk());
  std::ofstream(kek, std::ios::app) << "x";  // 33 bytes.
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition));
  std::filesystem::remove(kek);
  std::filesystem::create_symlink("/dev/zero", kek);
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(DevStateTest, EditedFilesAreKept) {
  ASSERT_THAT(Prepare(), IsOk());
  std::ofstream(root() + "/access.yaml") << "callers: []\n";
  std::ofstream(root() + "/panvault.yaml", std::ios::app) << "# mine\n";
  const std::string config = Contents(root() + "/panvault.yaml");
  ASSERT_OK_AND_ASSIGN(const DevState state,
                       Prepare(kNow + absl::Hours(48), "127.0.0.1:9999"));
  EXPECT_TRUE(state.config_kept);
  EXPECT_EQ(Contents(state.access_path), "callers: []\n");
  EXPECT_EQ(Contents(state.config_path), config);
}

TEST_F(DevStateTest, UneditedConfigFollowsTheOptions) {
  ASSERT_THAT(Prepare(), IsOk());
  ASSERT_OK_AND_ASSIGN(const DevState state, Prepare(kNow, "127.0.0.1:9999"));
  EXPECT_FALSE(state.config_kept);
  EXPECT_THAT(Contents(state.config_path),
              HasSubstr("listen: '127.0.0.1:9999'"));
}

TEST_F(DevStateTest, ConfigThatTheUserPutThereFirstIsKept) {
  std::filesystem::create_directory(root());
  ASSERT_EQ(chmod(root().c_str(), 0700), 0);
  std::ofstream(root() + "/panvault.yaml") << "listen: mine\n";
  // Such a folder may belong to a key that was lost, so a key must be there.
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition));
  std::ofstream(root() + "/kek") << std::string(32, 'k');
  ASSERT_EQ(chmod((root() + "/kek").c_str(), 0400), 0);
  ASSERT_OK_AND_ASSIGN(const DevState state, Prepare());
  EXPECT_TRUE(state.config_kept);
  EXPECT_EQ(Contents(state.config_path), "listen: mine\n");
}

TEST_F(DevStateTest, UnsafeStateFoldersAreRefused) {
  std::filesystem::create_directory(folder_.path() + "/elsewhere");
  std::filesystem::create_symlink(folder_.path() + "/elsewhere", root());
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition));
  std::filesystem::remove(root());
  std::filesystem::create_directory(root());
  ASSERT_EQ(chmod(root().c_str(), 0777), 0);
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() + "/elsewhere"));
}

TEST_F(DevStateTest, ControlCharactersInOptionsAreRefused) {
  const auto state = Prepare(kNow, "127.0.0.1:1\nkek: {}");
  EXPECT_THAT(state, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(std::filesystem::exists(root()));
}

}  // namespace
}  // namespace panvault::dev
