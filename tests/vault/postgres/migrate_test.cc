// What this shows: the schema goes forward one whole migration at a time,
// whoever else is at it; and a database that this binary's migrations did not
// make is refused and left as it was.

#include "vault/postgres/migrate.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/postgres.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/postgres/pqxx_compat.h"

namespace panvault::vault::postgres {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::NewDatabase;
using ::panvault::testing::Sql;
using ::panvault::testing::SqlBecomes;
using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Migration kOne = {1, "0001_one", "CREATE TABLE one ()"};
const Migration kTwo = {2, "0002_two",
                        "CREATE TABLE two (x int); INSERT INTO two VALUES (2)"};
const Migration kTwoBroken = {2, "0002_two",
                              "CREATE TABLE two (x int); SELECT 1 / 0"};
const Migration kThree = {3, "0003_three", "CREATE TABLE three ()"};

constexpr char kVersions[] =
    "SELECT string_agg(version::text, ',' ORDER BY version) "
    "FROM panvault_migrations";

class MigrateTest : public ::testing::Test {
 protected:
  bool Exists(const std::string& table) const {
    return Sql(conninfo_, absl::StrCat("SELECT to_regclass('", table,
                                       "') IS NOT NULL")) == "t";
  }
  std::string MessageOf(const std::vector<Migration>& migrations) const {
    const auto report = MigrateTo(migrations, conninfo_);
    EXPECT_THAT(report, StatusIs(absl::StatusCode::kFailedPrecondition));
    return std::string(report.status().message());
  }

  const std::string conninfo_ = NewDatabase();
};

TEST(EmbeddedMigrations, AreTheFilesInOrderByteForByte) {
  unsigned version = 0;
  ASSERT_THAT(EmbeddedMigrations(), ::testing::Not(IsEmpty()));
  for (const Migration& migration : EmbeddedMigrations()) {
    EXPECT_EQ(migration.version, ++version);
    EXPECT_TRUE(absl::StartsWith(
        migration.name, absl::StrCat(absl::Dec(version, absl::kZeroPad4), "_")))
        << migration.name;
    std::ifstream file(
        absl::StrCat(PANVAULT_MIGRATIONS_DIR, "/", migration.name, ".sql"));
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    EXPECT_EQ(migration.sql, bytes) << migration.name;
  }
}

TEST_F(MigrateTest, BringsAnEmptyDatabaseUpToDateAndIsThenDone) {
  ASSERT_OK_AND_ASSIGN(const MigrationReport first, Migrate(conninfo_));
  EXPECT_EQ(first.schema_version, EmbeddedMigrations().size());
  EXPECT_EQ(first.applied.size(), EmbeddedMigrations().size());
  EXPECT_EQ(first.applied.front(), "0001_keysets");
  EXPECT_TRUE(Exists("token_profiles"));
  EXPECT_TRUE(Exists("key_versions"));

  ASSERT_OK_AND_ASSIGN(const MigrationReport second, Migrate(conninfo_));
  EXPECT_EQ(second.schema_version, first.schema_version);
  EXPECT_THAT(second.applied, IsEmpty());
}

TEST_F(MigrateTest, RecordsTheSha256OfWhatWasRun) {
  ASSERT_THAT(MigrateTo({kOne}, conninfo_), IsOk());
  // PostgreSQL's own SHA-256.
  EXPECT_EQ(Sql(conninfo_,
                absl::StrCat("SELECT name || ' ' || (sha256 = "
                             "encode(sha256('",
                             kOne.sql, "'), 'hex')) FROM panvault_migrations")),
            "0001_one true");
}

TEST_F(MigrateTest, AppliesOnlyWhatIsMissing) {
  ASSERT_THAT(MigrateTo({kOne}, conninfo_), IsOk());
  ASSERT_OK_AND_ASSIGN(const MigrationReport report,
                       MigrateTo({kOne, kTwo, kThree}, conninfo_));
  EXPECT_EQ(report.schema_version, 3u);
  EXPECT_THAT(report.applied, ElementsAre("0002_two", "0003_three"));
}

TEST_F(MigrateTest, FailedMigrationIsUndoneAndNamedAndThoseBeforeItStay) {
  const auto broken = MigrateTo({kOne, kTwoBroken, kThree}, conninfo_);
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(std::string(broken.status().message()),
              HasSubstr("migration 0002_two: "));
  EXPECT_THAT(std::string(broken.status().message()), HasSubstr("22012"));
  EXPECT_EQ(Sql(conninfo_, kVersions), "1");
  EXPECT_FALSE(Exists("two"));
  EXPECT_FALSE(Exists("three"));

  ASSERT_OK_AND_ASSIGN(const MigrationReport repaired,
                       MigrateTo({kOne, kTwo, kThree}, conninfo_));
  EXPECT_THAT(repaired.applied, ElementsAre("0002_two", "0003_three"));
}

TEST_F(MigrateTest, ThreadsAtOnceApplyEachMigrationOnce) {
  for (int round = 0; round < 5; ++round) {
    const std::string conninfo = NewDatabase();
    std::vector<std::future<absl::StatusOr<MigrationReport>>> runs;
    for (int i = 0; i < 4; ++i) {
      runs.push_back(std::async(std::launch::async, [&conninfo] {
        return MigrateTo({kOne, kTwo, kThree}, conninfo);
      }));
    }
    size_t applied = 0;
    for (auto& run : runs) {
      ASSERT_OK_AND_ASSIGN(const MigrationReport report, run.get());
      EXPECT_EQ(report.schema_version, 3u);
      applied += report.applied.size();
    }
    EXPECT_EQ(applied, 3u);
    EXPECT_EQ(Sql(conninfo, "SELECT count(*) FROM two"), "1");
  }
}

TEST_F(MigrateTest, ProcessesAtOnceBothSucceed) {
  std::vector<pid_t> children;
  for (int i = 0; i < 2; ++i) {
    std::string program = PANVAULT_MIGRATE_CHILD;
    std::string conninfo = conninfo_;
    char* const argv[] = {program.data(), conninfo.data(), nullptr};
    pid_t pid = -1;
    ASSERT_EQ(
        posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv, environ), 0);
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = -1;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(Exists("token_profiles"));
}

TEST_F(MigrateTest, WaitsForWhoeverIsAtItAndThenLooksAgain) {
  for (const bool commits : {true, false}) {
    const std::string conninfo = NewDatabase();
    ASSERT_THAT(MigrateTo({kOne}, conninfo), IsOk());
    pqxx::connection connection(conninfo);
    pqxx::work other(connection);
    other.exec(
        absl::StrCat("INSERT INTO panvault_migrations VALUES (2, '0002_two', "
                     "encode(sha256('",
                     kTwo.sql, "'), 'hex'), now()); ", kTwo.sql));
    auto run = std::async(std::launch::async, [&conninfo] {
      return MigrateTo({kOne, kTwo}, conninfo);
    });
    EXPECT_TRUE(SqlBecomes(conninfo,
                           "SELECT count(*) FROM pg_stat_activity WHERE "
                           "wait_event_type = 'Lock' AND "
                           "datname = current_database()",
                           "1"));
    if (commits) {
      other.commit();
    } else {
      other.abort();
    }
    ASSERT_OK_AND_ASSIGN(const MigrationReport report, run.get());
    EXPECT_EQ(report.schema_version, 2u);
    EXPECT_EQ(report.applied.size(), commits ? 0u : 1u);
    EXPECT_EQ(Sql(conninfo, "SELECT count(*) FROM two"), "1");
  }
}

TEST_F(MigrateTest, ChangedMigrationIsRefused) {
  ASSERT_THAT(MigrateTo({kOne, kTwo}, conninfo_), IsOk());
  Migration changed = kTwo;
  changed.sql = "CREATE TABLE two (x bigint)";
  EXPECT_THAT(MessageOf({kOne, changed, kThree}),
              HasSubstr("0002_two differs"));
  EXPECT_EQ(Sql(conninfo_, kVersions), "1,2");
  EXPECT_FALSE(Exists("three"));
}

TEST_F(MigrateTest, DatabaseThatIsAheadIsRefused) {
  ASSERT_THAT(MigrateTo({kOne, kTwo, kThree}, conninfo_), IsOk());
  EXPECT_THAT(MessageOf({kOne, kTwo}), HasSubstr("schema version 3"));
  EXPECT_THAT(MessageOf({}), HasSubstr("none after 0"));
}

TEST_F(MigrateTest, HistoryWithAGapIsRefused) {
  ASSERT_THAT(MigrateTo({kOne, kTwo, kThree}, conninfo_), IsOk());
  Sql(conninfo_, "DELETE FROM panvault_migrations WHERE version = 2");
  EXPECT_THAT(MessageOf({kOne, kTwo, kThree}), HasSubstr("0002_two differs"));
}

TEST_F(MigrateTest, UserWithoutPrivilegesMayLookButNotChange) {
  ASSERT_THAT(MigrateTo({kOne}, conninfo_), IsOk());
  Sql(conninfo_,
      "CREATE ROLE looker; GRANT SELECT ON panvault_migrations TO looker");
  const std::string looker = conninfo_ + " options='-c role=looker'";
  EXPECT_THAT(MigrateTo({kOne}, looker), IsOk());
  const auto denied = MigrateTo({kOne, kTwo}, looker);
  ASSERT_FALSE(denied.ok());
  EXPECT_EQ(FactsOf(denied.status()).reason, Reason::kStoreUnavailable);
  EXPECT_EQ(std::string(denied.status().message()),
            "migration 0002_two: the database user lacks a privilege "
            "(SQLSTATE 42501)");
}

TEST(Migrate, UnreachableDatabaseIsSaid) {
  const auto report = Migrate("host=/nowhere-at-all");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(FactsOf(report.status()).reason, Reason::kStoreUnavailable);
  EXPECT_THAT(std::string(report.status().message()),
              HasSubstr("there is no socket"));
  EXPECT_THAT(Migrate("hunter2"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::vault::postgres
