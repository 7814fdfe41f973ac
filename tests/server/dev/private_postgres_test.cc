// What this shows: a PostgreSQL of our own starts quickly, is reached through
// its unix socket by us alone, survives crashes of its own and of ours, and
// ends with us.

#include "server/dev/private_postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/child_process.h"
#include "server/dev/cluster_processes.h"
#include "server/dev/os_account.h"
#include "server/dev/postgres_programs.h"
#include "server/dev/state_folder.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"

namespace panvault::dev {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(20);

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string FieldOf(const std::string& conninfo, const std::string& name) {
  for (absl::string_view part : absl::StrSplit(conninfo, ' ')) {
    if (absl::ConsumePrefix(&part, name + "=")) return std::string(part);
  }
  return "";
}

// What psql, run as `account`, answers to `sql`; its error message if it fails.
std::string Psql(const std::string& conninfo, const std::string& sql,
                 const OsAccount& account) {
  const TempFolder folder;
  Command command;
  command.argv = {*FindPostgresPrograms() + "/psql",
                  "-X",
                  "-A",
                  "-t",
                  "-d",
                  conninfo,
                  "-c",
                  sql};
  command.account = account;
  command.log_path = folder.path() + "/out";
  static_cast<void>(RunProgram(command, kPatience));
  return Contents(command.log_path);
}

std::string Psql(const std::string& conninfo, const std::string& sql) {
  return Psql(conninfo, sql, *CurrentAccount());
}

class PrivatePostgresTest : public ::testing::Test {
 protected:
  std::string state() const { return folder_.path() + "/state"; }
  std::string data() const { return state() + "/postgres/data"; }

  absl::StatusOr<std::unique_ptr<PrivatePostgres>> Start() {
    return PrivatePostgres::Start({.state_dir = state(), .fast = true});
  }

  bool EndsSoon() const {
    for (absl::Time start = absl::Now(); absl::Now() - start < kPatience;) {
      if (ProcessesIn(data()).empty()) return true;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }

  TempFolder folder_;
};

TEST_F(PrivatePostgresTest, AnswersWithTheSettingsOfItsHeader) {
  // Durable, as `panvaultd dev` runs it.
  ASSERT_OK_AND_ASSIGN(const auto postgres,
                       PrivatePostgres::Start({.state_dir = state()}));
  const std::string& conninfo = postgres->conninfo();
  EXPECT_EQ(Psql(conninfo, "SELECT current_user || '/' || current_database()"),
            "panvault/panvault\n");
  EXPECT_EQ(Psql(conninfo, "SHOW server_encoding"), "UTF8\n");
  EXPECT_EQ(Psql(conninfo, "SHOW data_checksums"), "on\n");
  EXPECT_EQ(Psql(conninfo, "SHOW lc_collate"), "C.UTF-8\n");
  EXPECT_EQ(Psql(conninfo, "SHOW fsync"), "on\n");
  EXPECT_EQ(Psql(conninfo, "SHOW listen_addresses"), "\n");
}

TEST_F(PrivatePostgresTest, HasNoTcpPort) {
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  // No socket of the server's processes is in the kernel's TCP tables.
  std::set<std::string> sockets;
  for (const pid_t pid : ProcessesIn(data())) {
    for (const auto& fd : std::filesystem::directory_iterator(
             absl::StrCat("/proc/", pid, "/fd"))) {
      std::error_code gone;
      const std::string target =
          std::filesystem::read_symlink(fd.path(), gone).string();
      absl::string_view inode = target;
      if (absl::ConsumePrefix(&inode, "socket:[") &&
          absl::ConsumeSuffix(&inode, "]")) {
        sockets.emplace(inode);
      }
    }
  }
  EXPECT_THAT(sockets, Not(IsEmpty()));  // The unix socket at least.
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    for (absl::string_view line :
         absl::StrSplit(Contents(table), '\n', absl::SkipEmpty())) {
      const std::vector<std::string> columns =
          absl::StrSplit(line, ' ', absl::SkipEmpty());
      ASSERT_GT(columns.size(), 9u);
      EXPECT_EQ(sockets.count(columns[9]), 0u) << line;
    }
  }
}

TEST_F(PrivatePostgresTest, OtherUsersAreKeptOut) {
  if (geteuid() != 0) return;  // Only root can become somebody else.
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  const std::string socket = FieldOf(postgres->conninfo(), "host");
  struct stat facts = {};
  ASSERT_EQ(stat(socket.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
  ASSERT_EQ(stat((socket + "/.s.PGSQL.5432").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
  ASSERT_OK_AND_ASSIGN(const OsAccount nobody, AccountNamed("nobody"));
  EXPECT_THAT(Psql(postgres->conninfo(), "SELECT 'in'", nobody),
              HasSubstr("Permission denied"));
  // Even with every folder and the socket opened, authentication says no.
  for (const std::string& path :
       {folder_.path(), state(), state() + "/postgres", socket,
        socket + "/.s.PGSQL.5432"}) {
    ASSERT_EQ(chmod(path.c_str(), 0777), 0);
  }
  EXPECT_THAT(Psql(postgres->conninfo(), "SELECT 'in'", nobody),
              HasSubstr("Peer authentication failed"));
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 'in'"), "in\n");
}

TEST_F(PrivatePostgresTest, RootsStateFolderStaysClosedToOthers) {
  if (geteuid() != 0) return;
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  ASSERT_OK_AND_ASSIGN(const OsAccount account, AccountNamed("postgres"));
  struct stat facts = {};
  ASSERT_EQ(stat(state().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 0u);
  EXPECT_EQ(facts.st_gid, account.gid);
  EXPECT_EQ(facts.st_mode & 0777u, 0710u);
  ASSERT_EQ(stat(data().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, account.uid);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
}

TEST_F(PrivatePostgresTest, DataAreThereWhenStartedAgain) {
  {
    ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
    Psql(postgres->conninfo(), "CREATE TABLE kept AS SELECT 42 AS answer");
  }
  EXPECT_THAT(ProcessesIn(data()), IsEmpty());  // The destructor ended it.
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT answer FROM kept"), "42\n");
}

TEST_F(PrivatePostgresTest, RestartBringsDataBackAfterKill) {
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  const std::string conninfo = postgres->conninfo();
  Psql(conninfo, "CREATE TABLE kept AS SELECT 42 AS answer");
  for (int round = 0; round < 3; ++round) {
    ASSERT_THAT(postgres->Kill(), IsOk());
    EXPECT_THAT(ProcessesIn(data()), IsEmpty());
    EXPECT_THAT(Psql(conninfo, "SELECT 1"), HasSubstr("failed"));
    ASSERT_THAT(postgres->Restart(), IsOk());
    EXPECT_EQ(postgres->conninfo(), conninfo);
    EXPECT_EQ(Psql(conninfo, "SELECT answer FROM kept"), "42\n");
  }
}

TEST_F(PrivatePostgresTest, RestartWorksWhenItRuns) {
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  ASSERT_THAT(postgres->Restart(), IsOk());
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
}

// Runs `body` in a child process that is then killed, as we might be.
void InAKilledProcess(const std::function<bool()>& body) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const char done = body() ? 'y' : 'n';
    static_cast<void>(!write(ends[1], &done, 1));
    for (;;) pause();
  }
  char done = '?';
  EXPECT_EQ(read(ends[0], &done, 1), 1);
  EXPECT_EQ(done, 'y');
  EXPECT_EQ(kill(pid, SIGKILL), 0);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(PrivatePostgresTest, EndsByItselfWhenItsOwnerIsKilled) {
  std::unique_ptr<PrivatePostgres> leaked;
  InAKilledProcess([this, &leaked] {
    auto started = Start();
    if (started.ok()) leaked = *std::move(started);
    return leaked != nullptr && !ProcessesIn(data()).empty();
  });
  EXPECT_TRUE(EndsSoon());
}

TEST_F(PrivatePostgresTest, StartsAtOnceWhenItsOwnerHasJustBeenKilled) {
  std::unique_ptr<PrivatePostgres> leaked;
  InAKilledProcess([this, &leaked] {
    auto started = Start();
    if (started.ok()) leaked = *std::move(started);
    return leaked != nullptr;
  });
  // The old server may still be shutting down.
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
}

TEST_F(PrivatePostgresTest, StartsWhenItsPidFileNamesSomeOtherProcess) {
  {
    ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
    ASSERT_THAT(postgres->Kill(), IsOk());  // Leaves postmaster.pid.
  }
  // As after a reboot: the number now belongs to a live process of the same
  // user, and PostgreSQL alone would refuse to start.
  ASSERT_OK_AND_ASSIGN(const OsAccount account, PostgresAccount());
  Command sleeper;
  sleeper.argv = {"/usr/bin/sleep", "600"};
  sleeper.account = account;
  sleeper.log_path = folder_.path() + "/sleeper";
  ASSERT_OK_AND_ASSIGN(const auto other, ChildProcess::Start(sleeper));
  const std::string path = data() + "/postmaster.pid";
  std::string content = Contents(path);
  content.replace(0, content.find('\n'), absl::StrCat(other->pid()));
  std::ofstream(path) << content;
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
  EXPECT_FALSE(other->WaitFor(absl::ZeroDuration()).has_value());
}

TEST_F(PrivatePostgresTest, HalfMadeClusterIsMadeAgain) {
  ASSERT_THAT(OpenStateFolder(state()), IsOk());
  ASSERT_THAT(MakeFolder(state() + "/postgres"), IsOk());
  ASSERT_THAT(MakeFolder(data() + ".new"), IsOk());
  std::ofstream(data() + ".new/PG_VERSION") << "15\n";
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
}

TEST_F(PrivatePostgresTest, SecondOwnerIsRefusedAndDoesNoHarm) {
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  const auto second = Start();
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("another process"));
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
}

TEST_F(PrivatePostgresTest, SocketGoesElsewhereWhenThePathIsTooLong) {
  const std::string deep = absl::StrCat(state(), "/", std::string(80, 'x'));
  std::string socket;
  {
    ASSERT_OK_AND_ASSIGN(
        const auto postgres,
        PrivatePostgres::Start({.state_dir = deep, .fast = true}));
    socket = FieldOf(postgres->conninfo(), "host");
    EXPECT_THAT(socket, HasSubstr("/tmp/panvault-pg."));
    EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
  }
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(PrivatePostgresTest, SocketGoesElsewhereWhenThePathHasOddCharacters) {
  ASSERT_OK_AND_ASSIGN(
      const auto postgres,
      PrivatePostgres::Start(
          {.state_dir = folder_.path() + "/it's, \"odd\" ", .fast = true}));
  EXPECT_EQ(Psql(postgres->conninfo(), "SELECT 1"), "1\n");
}

TEST_F(PrivatePostgresTest, DatabasesAreSeparate) {
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  ASSERT_OK_AND_ASSIGN(const std::string first,
                       postgres->CreateDatabase("first_1"));
  ASSERT_OK_AND_ASSIGN(const std::string second,
                       postgres->CreateDatabase("second_2"));
  Psql(first, "CREATE TABLE only_here ()");
  EXPECT_EQ(Psql(first, "SELECT count(*) FROM only_here"), "0\n");
  EXPECT_THAT(Psql(second, "SELECT count(*) FROM only_here"),
              HasSubstr("does not exist"));
  EXPECT_THAT(postgres->CreateDatabase("first_1"),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(postgres->CreateDatabase("--drop; x"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(postgres->CreateDatabase(std::string(64, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PrivatePostgresTest, UnreachableStateFolderIsNamed) {
  if (geteuid() != 0) return;
  const std::string closed = folder_.path();  // 0700 root, above the state.
  ASSERT_EQ(chmod(closed.c_str(), 0700), 0);
  const auto postgres = Start();
  if (postgres.ok()) GTEST_FAIL() << "started in a folder it cannot reach";
  EXPECT_THAT(std::string(postgres.status().message()), HasSubstr(closed));
}

TEST_F(PrivatePostgresTest, LogHoldsNoRowsAndNoStatements) {
  ASSERT_OK_AND_ASSIGN(const auto postgres, Start());
  Psql(postgres->conninfo(),
       "CREATE TABLE t (digits text CHECK (length(digits) < 3))");
  EXPECT_THAT(Psql(postgres->conninfo(), "INSERT INTO t VALUES ('41111')"),
              HasSubstr("violates"));
  const std::string log = Contents(state() + "/postgres/log");
  EXPECT_THAT(log, HasSubstr("violates"));    // It was logged at all,
  EXPECT_THAT(log, Not(HasSubstr("41111")));  // but not what it was about.
}

}  // namespace
}  // namespace panvault::dev
