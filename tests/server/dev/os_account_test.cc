// What this shows: accounts are those of the system's user database, PostgreSQL
// is never to run as root, and a folder that its account cannot reach is named.

#include "server/dev/os_account.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

// No account of any system has these.
constexpr uid_t kNobodysUid = 2'000'000'001;
constexpr gid_t kNobodysGid = 2'000'000'002;

TEST(OsAccountTest, CurrentAccountIsThisProcess) {
  ASSERT_OK_AND_ASSIGN(const OsAccount self, CurrentAccount());
  EXPECT_EQ(self.uid, geteuid());
  const passwd* const entry = getpwuid(geteuid());
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(self.name, entry->pw_name);
  EXPECT_EQ(self.gid, entry->pw_gid);
}

TEST(OsAccountTest, NamesLeadToAccounts) {
  ASSERT_OK_AND_ASSIGN(const OsAccount root, AccountNamed("root"));
  EXPECT_EQ(root.uid, 0u);
  EXPECT_EQ(root.gid, 0u);
  EXPECT_EQ(root.name, "root");
  ASSERT_OK_AND_ASSIGN(const OsAccount self, CurrentAccount());
  ASSERT_OK_AND_ASSIGN(const OsAccount same, AccountNamed(self.name));
  EXPECT_EQ(same.uid, self.uid);
}

TEST(OsAccountTest, UnknownNamesAreNotFound) {
  const auto nobody = AccountNamed("no-such-user");
  EXPECT_THAT(nobody, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(nobody.status().message()),
              HasSubstr("\"no-such-user\""));
  EXPECT_THAT(AccountNamed(""), StatusIs(absl::StatusCode::kNotFound));
}

TEST(OsAccountTest, PostgresNeverRunsAsRoot) {
  ASSERT_OK_AND_ASSIGN(const OsAccount account, PostgresAccount());
  EXPECT_NE(account.uid, 0u);
  if (geteuid() == 0) {
    EXPECT_EQ(account.name, "postgres");
  } else {
    EXPECT_EQ(account.uid, geteuid());
  }
}

TEST(OsAccountTest, AUserWithoutANameIsRefused) {
  if (geteuid() != 0) return;  // Only root can become somebody else.
  EXPECT_EXIT(
      {
        if (setreuid(kNobodysUid, kNobodysUid) != 0) _exit(1);
        const auto self = CurrentAccount();
        const auto postgres = PostgresAccount();
        _exit(absl::IsFailedPrecondition(self.status()) &&
                      absl::IsFailedPrecondition(postgres.status())
                  ? 0
                  : 2);
      },
      ::testing::ExitedWithCode(0), "");
}

class CheckReachableTest : public ::testing::Test {
 protected:
  CheckReachableTest() {
    for (const std::string& path : {outer(), inner()}) {
      EXPECT_TRUE(std::filesystem::create_directory(path));
      SetMode(path, 0755);
    }
  }

  std::string outer() const { return folder_.path() + "/outer"; }
  std::string inner() const { return outer() + "/inner"; }
  static void SetMode(const std::string& path, mode_t mode) {
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
  }

  TempFolder folder_;
  const OsAccount stranger_{kNobodysUid, kNobodysGid, "stranger"};
};

TEST_F(CheckReachableTest, OpenFoldersAreReachable) {
  EXPECT_THAT(CheckReachable(inner(), stranger_), IsOk());
  EXPECT_THAT(CheckReachable(inner() + "/", stranger_), IsOk());
  EXPECT_THAT(CheckReachable("/", stranger_), IsOk());
  SetMode(inner(), 0711);  // To pass is enough.
  EXPECT_THAT(CheckReachable(inner(), stranger_), IsOk());
}

TEST_F(CheckReachableTest, FirstFolderInTheWayIsNamed) {
  SetMode(inner(), 0700);
  const absl::Status below = CheckReachable(inner(), stranger_);
  EXPECT_THAT(below, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(
      std::string(below.message()),
      AllOf(HasSubstr("user stranger"), HasSubstr(inner() + " (mode 0700)")));
  SetMode(outer(), 0750);
  const absl::Status above = CheckReachable(inner(), stranger_);
  EXPECT_THAT(std::string(above.message()),
              HasSubstr(outer() + " (mode 0750)"));
}

TEST_F(CheckReachableTest, WhatIsNotThereIsNamed) {
  const absl::Status status = CheckReachable(inner() + "/none", stranger_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr(inner() + "/none"));
}

// As the kernel does it: the first class that fits decides, even if it gives
// less than the next one would.
TEST_F(CheckReachableTest, EveryModeForOwnerGroupAndOthers) {
  struct stat facts = {};
  ASSERT_EQ(stat(inner().c_str(), &facts), 0);
  const OsAccount owner{facts.st_uid, kNobodysGid, "owner"};
  const OsAccount member{kNobodysUid, facts.st_gid, "member"};
  for (mode_t mode = 0; mode <= 0777; ++mode) {
    SetMode(inner(), mode);
    EXPECT_EQ(CheckReachable(inner(), owner).ok(), (mode & 0100) != 0) << mode;
    EXPECT_EQ(CheckReachable(inner(), member).ok(), (mode & 0010) != 0) << mode;
    EXPECT_EQ(CheckReachable(inner(), stranger_).ok(), (mode & 0001) != 0)
        << mode;
  }
}

}  // namespace
}  // namespace panvault::dev
