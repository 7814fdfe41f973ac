// What this shows: the newest PostgreSQL that is whole and new enough is found,
// or exactly the version asked for, and a message says what to install.

#include "server/dev/postgres_programs.h"

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

class PostgresProgramsTest : public ::testing::Test {
 protected:
  const std::string& root() const { return folder_.path(); }
  std::string BinOf(absl::string_view version) const {
    return absl::StrCat(root(), "/", version, "/bin");
  }

  // An installation with these programs.
  void Install(absl::string_view version,
               std::initializer_list<const char*> programs = {
                   "initdb", "postgres", "createdb"}) {
    fs::create_directories(BinOf(version));
    for (const char* program : programs) {
      const std::string path = absl::StrCat(BinOf(version), "/", program);
      std::ofstream(path) << "";
      fs::permissions(path, fs::perms::owner_all);
    }
  }

  std::string Newest() const {
    return FindPostgresPrograms(root()).value_or("");
  }

  TempFolder folder_;
};

TEST_F(PostgresProgramsTest, FindsTheNewestByNumber) {
  Install("13");
  EXPECT_EQ(Newest(), BinOf("13"));
  Install("15");
  Install("14");
  EXPECT_EQ(Newest(), BinOf("15"));
  Install("100");  // After 15, though not in the alphabet.
  EXPECT_EQ(Newest(), BinOf("100"));
}

TEST_F(PostgresProgramsTest, LeavesOutWhatIsTooOldOrNoVersion) {
  for (const char* version : {"9.6", "12", "latest", "15-old", "-15"}) {
    Install(version);
  }
  std::ofstream(root() + "/16") << "a file";
  EXPECT_THAT(FindPostgresPrograms(root()),
              StatusIs(absl::StatusCode::kNotFound));
  Install("13");
  EXPECT_EQ(Newest(), BinOf("13"));
}

TEST_F(PostgresProgramsTest, LeavesOutWhatIsNotWhole) {
  Install("13");
  Install("17", {"postgres", "initdb"});  // As the client package alone.
  Install("18", {"createdb", "initdb"});
  Install("19", {"createdb", "postgres"});
  Install("20");
  fs::permissions(BinOf("20") + "/initdb", fs::perms::owner_read);
  EXPECT_EQ(Newest(), BinOf("13"));
}

TEST_F(PostgresProgramsTest, FindsTheVersionAskedForAndNoOther) {
  Install("13");
  Install("15");
  Install("16", {"postgres"});
  EXPECT_EQ(FindPostgresPrograms(root(), 13).value_or(""), BinOf("13"));
  EXPECT_EQ(FindPostgresPrograms(root(), 15).value_or(""), BinOf("15"));
  for (const unsigned major : {14u, 16u, 0u}) {
    EXPECT_THAT(FindPostgresPrograms(root(), major),
                StatusIs(absl::StatusCode::kNotFound))
        << major;
  }
}

TEST_F(PostgresProgramsTest, MessagesSayWhatToInstall) {
  const auto none = FindPostgresPrograms(root());
  EXPECT_THAT(std::string(none.status().message()),
              HasSubstr("apt-get install postgresql"));
  EXPECT_THAT(std::string(none.status().message()), HasSubstr(root()));
  const auto other = FindPostgresPrograms(root(), 14);
  EXPECT_THAT(std::string(other.status().message()),
              HasSubstr("apt-get install postgresql-14"));
}

TEST_F(PostgresProgramsTest, NoRootIsNoPostgres) {
  EXPECT_THAT(FindPostgresPrograms(root() + "/none"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PostgresProgramsTest, FindsTheSystemsOwn) {
  // scripts/setup installs it; the tests with a database need it.
  EXPECT_THAT(FindPostgresPrograms(), IsOk());
}

}  // namespace
}  // namespace panvault::dev
