// What this shows: the folders around a private cluster let PostgreSQL's
// account pass and nobody else in, its files name exactly who may connect, and
// what is no whole cluster is never taken for one. That the server starts and
// keeps others out is shown in private_postgres_test.cc.

#include "server/dev/postgres_cluster.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/postgres_programs.h"
#include "server/dev/state_folder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

namespace fs = std::filesystem;

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct stat FactsOf(const std::string& path) {
  struct stat facts = {};
  EXPECT_EQ(lstat(path.c_str(), &facts), 0) << path;
  return facts;
}

class PostgresClusterTest : public ::testing::Test {
 protected:
  std::string state() const { return folder_.path() + "/state"; }
  TempFolder folder_;
};

TEST_F(PostgresClusterTest, OpenMakesTheFoldersOfItsHeader) {
  ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                       OpenCluster(state(), true));
  ASSERT_OK_AND_ASSIGN(const OsAccount account, PostgresAccount());
  EXPECT_EQ(cluster.folder, state() + "/postgres");
  EXPECT_EQ(cluster.data, state() + "/postgres/data");
  EXPECT_EQ(cluster.socket, state() + "/postgres/socket");
  EXPECT_FALSE(cluster.socket_is_temporary);
  EXPECT_EQ(cluster.log, state() + "/postgres/log");
  EXPECT_EQ(cluster.account.uid, account.uid);
  EXPECT_EQ(cluster.programs, FindPostgresPrograms().value_or("none"));
  EXPECT_TRUE(cluster.fast);
  EXPECT_FALSE(fs::exists(cluster.data));  // InitCluster's business.

  // Ours, closed to all but who has to pass through.
  const mode_t closed = account.uid == geteuid() ? 0700u : 0710u;
  for (const std::string& path : {state(), cluster.folder}) {
    EXPECT_EQ(FactsOf(path).st_uid, geteuid()) << path;
    EXPECT_EQ(FactsOf(path).st_mode & 07777u, closed) << path;
  }
  EXPECT_EQ(FactsOf(cluster.socket).st_uid, account.uid);
  EXPECT_EQ(FactsOf(cluster.socket).st_mode & 07777u, 0700u);
}

TEST_F(PostgresClusterTest, OpenAgainChangesNothing) {
  ASSERT_OK_AND_ASSIGN(const PostgresCluster first,
                       OpenCluster(state(), false));
  ASSERT_OK_AND_ASSIGN(const PostgresCluster second,
                       OpenCluster(state(), false));
  EXPECT_EQ(second.socket, first.socket);
  EXPECT_EQ(second.data, first.data);
  EXPECT_FALSE(second.fast);
}

TEST_F(PostgresClusterTest, AStateFolderThatLetsPassKeepsItsMode) {
  fs::create_directory(state());
  ASSERT_EQ(chmod(state().c_str(), 0755), 0);
  const gid_t group = FactsOf(state()).st_gid;
  ASSERT_THAT(OpenCluster(state(), true), IsOk());
  EXPECT_EQ(FactsOf(state()).st_mode & 07777u, 0755u);
  EXPECT_EQ(FactsOf(state()).st_gid, group);
}

TEST_F(PostgresClusterTest, OnlyThisUserAndPostgresMayConnect) {
  ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                       OpenCluster(state(), true));
  ASSERT_OK_AND_ASSIGN(const OsAccount self, CurrentAccount());
  EXPECT_EQ(Contents(cluster.folder + "/hba.conf"),
            "local all panvault peer map=panvault\n");
  EXPECT_EQ(Contents(cluster.folder + "/ident.conf"),
            absl::StrCat("panvault \"", self.name, "\" panvault\npanvault \"",
                         cluster.account.name, "\" panvault\n"));
}

TEST_F(PostgresClusterTest, WhoMayConnectIsWrittenAnewEachTime) {
  ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                       OpenCluster(state(), true));
  const std::string ident = Contents(cluster.folder + "/ident.conf");
  std::ofstream(cluster.folder + "/hba.conf") << "local all all trust\n";
  std::ofstream(cluster.folder + "/ident.conf") << "panvault /.* panvault\n";
  ASSERT_THAT(OpenCluster(state(), true), IsOk());
  EXPECT_THAT(Contents(cluster.folder + "/hba.conf"), Not(HasSubstr("trust")));
  EXPECT_EQ(Contents(cluster.folder + "/ident.conf"), ident);
}

TEST_F(PostgresClusterTest, SocketsPathFitsOrIsElsewhere) {
  // "/postgres/socket/.s.PGSQL.5432" takes 30 of the 107 bytes.
  const size_t longest = 107 - 30 - folder_.path().size() - 1;
  const std::string fits =
      absl::StrCat(folder_.path(), "/", std::string(longest, 'x'));
  ASSERT_OK_AND_ASSIGN(const PostgresCluster inside, OpenCluster(fits, true));
  EXPECT_EQ(inside.socket, fits + "/postgres/socket");
  EXPECT_FALSE(inside.socket_is_temporary);
  for (const std::string& path : {fits + "y", state() + " 'odd',"}) {
    ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                         OpenCluster(path, true));
    EXPECT_TRUE(cluster.socket_is_temporary) << path;
    EXPECT_TRUE(absl::StartsWith(cluster.socket, "/tmp/panvault-pg."));
    EXPECT_EQ(FactsOf(cluster.socket).st_uid, cluster.account.uid);
    EXPECT_EQ(FactsOf(cluster.socket).st_mode & 07777u, 0700u);
    fs::remove(cluster.socket);
  }
}

TEST_F(PostgresClusterTest, UnsafeStateFoldersAreRefused) {
  fs::create_directory(state());
  ASSERT_EQ(chmod(state().c_str(), 0777), 0);
  EXPECT_THAT(OpenCluster(state(), true),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_TRUE(fs::is_empty(state()));
}

TEST_F(PostgresClusterTest, AClusterIsRunByTheVersionThatMadeIt) {
  ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                       OpenCluster(state(), true));
  fs::create_directory(cluster.data);
  const std::string version = cluster.data + "/PG_VERSION";
  std::ofstream(version) << "999\n";
  const auto unknown = OpenCluster(state(), true);
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("999"));
  for (const char* odd : {"", "\n", "fifteen", "-15", "15.4"}) {
    std::ofstream(version) << odd;
    EXPECT_THAT(OpenCluster(state(), true),
                StatusIs(absl::StatusCode::kFailedPrecondition))
        << odd;
  }
}

TEST_F(PostgresClusterTest, InitMakesAClusterOnceAndWhole) {
  ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                       OpenCluster(state(), true));
  // What a crash half-way leaves behind.
  fs::create_directory(cluster.data + ".new");
  std::ofstream(cluster.data + ".new/PG_VERSION") << "15\n";
  ASSERT_THAT(InitCluster(cluster), IsOk()) << Contents(cluster.log);
  EXPECT_FALSE(fs::exists(cluster.data + ".new"));
  EXPECT_TRUE(fs::exists(cluster.data + "/PG_VERSION"));
  EXPECT_EQ(FactsOf(cluster.data).st_uid, cluster.account.uid);
  EXPECT_EQ(FactsOf(cluster.data).st_mode & 07777u, 0700u);
  // Again: the same one, untouched.
  const ino_t inode = FactsOf(cluster.data).st_ino;
  ASSERT_THAT(InitCluster(cluster), IsOk());
  EXPECT_EQ(FactsOf(cluster.data).st_ino, inode);
  ASSERT_THAT(OpenCluster(state(), true), IsOk());
}

TEST_F(PostgresClusterTest, InitThatFailsLeavesNoCluster) {
  ASSERT_OK_AND_ASSIGN(PostgresCluster cluster, OpenCluster(state(), true));
  cluster.programs = folder_.path() + "/none";
  const absl::Status status = InitCluster(cluster);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(std::string(status.message()), HasSubstr("initdb"));
  EXPECT_FALSE(fs::exists(cluster.data));
}

TEST_F(PostgresClusterTest, DataOfAnotherUserAreNotTouched) {
  if (geteuid() != 0) return;  // Only root can give folders away.
  ASSERT_OK_AND_ASSIGN(const PostgresCluster cluster,
                       OpenCluster(state(), true));
  fs::create_directory(cluster.data);  // Root's own.
  const absl::Status status = InitCluster(cluster);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(status.message()), HasSubstr(cluster.account.name));
  EXPECT_TRUE(fs::is_empty(cluster.data));
}

TEST_F(PostgresClusterTest, ServerIsStartedWithoutTcpAndWithOurFiles) {
  PostgresCluster cluster;
  cluster.folder = "/s/postgres";
  cluster.data = "/s/postgres/data";
  cluster.socket = "/s/postgres/socket";
  cluster.log = "/s/postgres/log";
  cluster.programs = "/p/bin";
  cluster.account.name = "postgres";
  const Command durable = ServerCommand(cluster);
  EXPECT_EQ(durable.argv.at(0), "/p/bin/postgres");
  EXPECT_EQ(durable.log_path, "/s/postgres/log");
  ASSERT_TRUE(durable.account.has_value());
  EXPECT_EQ(durable.account->name, "postgres");
  EXPECT_EQ(durable.death_signal, SIGINT);  // Data stay whole.
  EXPECT_THAT(
      durable.argv,
      IsSupersetOf(
          {"-D", "/s/postgres/data",
           "listen_addresses=", "unix_socket_directories=/s/postgres/socket",
           "unix_socket_permissions=0700", "hba_file=/s/postgres/hba.conf",
           "ident_file=/s/postgres/ident.conf", "log_min_error_statement=panic",
           "log_error_verbosity=terse"}));
  EXPECT_THAT(durable.argv, Not(Contains("fsync=off")));
  EXPECT_THAT(durable.argv, Not(Contains("full_page_writes=off")));
  cluster.fast = true;
  EXPECT_THAT(ServerCommand(cluster).argv, Contains("fsync=off"));
}

TEST_F(PostgresClusterTest, ConninfoNamesTheSocketUserAndDatabase) {
  PostgresCluster cluster;
  cluster.socket = "/s/socket";
  EXPECT_EQ(ConninfoOf(cluster, "db"),
            "host=/s/socket port=5432 user=panvault dbname=db");
}

TEST_F(PostgresClusterTest, SocketFilesOfAStoppedServerAreRemoved) {
  PostgresCluster cluster;
  cluster.socket = folder_.path();
  RemoveSocketFiles(cluster);  // None there: fine.
  for (const char* name : {".s.PGSQL.5432", ".s.PGSQL.5432.lock", "other"}) {
    std::ofstream(absl::StrCat(folder_.path(), "/", name)) << "x";
  }
  RemoveSocketFiles(cluster);
  EXPECT_FALSE(fs::exists(folder_.path() + "/.s.PGSQL.5432"));
  EXPECT_FALSE(fs::exists(folder_.path() + "/.s.PGSQL.5432.lock"));
  EXPECT_TRUE(fs::exists(folder_.path() + "/other"));
}

}  // namespace
}  // namespace panvault::dev
