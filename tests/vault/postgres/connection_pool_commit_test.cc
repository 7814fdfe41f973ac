// What this shows: a commit whose outcome is not known is never called done:
// when its connection breaks, when a replica does not answer, and when
// PostgreSQL itself says "done" with a warning that it may not be.

#include <signal.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/dev/child_process.h"
#include "server/dev/postgres_cluster.h"
#include "tests/testing/postgres.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"
#include "vault/errors.h"
#include "vault/postgres/connection_pool.h"

namespace panvault::vault::postgres {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::Sql;
using ::panvault::testing::SqlBecomes;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;

constexpr char kWaiting[] =
    " FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

// A server that can have replicas, which PrivatePostgres cannot.
class PrimaryServer {
 public:
  PrimaryServer() {
    auto cluster = dev::OpenCluster(folder_.path() + "/state", true);
    EXPECT_THAT(cluster, IsOk());
    EXPECT_THAT(dev::InitCluster(*cluster), IsOk());
    dev::Command command = dev::ServerCommand(*cluster);
    for (const char* const setting :
         {"-c", "wal_level=replica", "-c", "max_wal_senders=1"}) {
      command.argv.emplace_back(setting);  // The last one counts.
    }
    auto started = dev::ChildProcess::Start(command);
    EXPECT_THAT(started, IsOk());
    server_ = *std::move(started);
    conninfo_ = dev::ConninfoOf(*cluster, dev::kPostgresName);
    EXPECT_TRUE(Answers());
  }
  ~PrimaryServer() {
    server_->Signal(SIGQUIT);
    server_->WaitFor(absl::Seconds(20));
  }
  const std::string& conninfo() const { return conninfo_; }

 private:
  bool Answers() const {
    for (int i = 0; i < 2000; ++i) {
      try {
        const pqxx::connection connection(conninfo_);
        return true;
      } catch (const pqxx::broken_connection&) {
        absl::SleepFor(absl::Milliseconds(10));
      }
    }
    return false;
  }

  const TempFolder folder_;
  std::unique_ptr<dev::ChildProcess> server_;
  std::string conninfo_;
};

class CommitInDoubtTest : public ::testing::Test {
 protected:
  CommitInDoubtTest() { Sql(conninfo_, "CREATE TABLE t (x int)"); }
  ~CommitInDoubtTest() override {
    SetStandby("");
    Sql(conninfo_, "DROP TABLE t");
  }

  void SetStandby(const std::string& name) {
    Sql(conninfo_,
        absl::StrCat("ALTER SYSTEM SET synchronous_standby_names = '", name,
                     "'"));
    Sql(conninfo_, "SELECT pg_reload_conf()");
  }

  // From now on commits wait for a replica that is not there.
  void AwaitReplica() {
    SetStandby("absent");
    // The server's processes learn of it one by one.
    for (int i = 0; i < 100 && Insert(0, absl::Milliseconds(100)).ok(); ++i) {
    }
    Sql(conninfo_, absl::StrCat("SELECT pg_terminate_backend(pid)", kWaiting));
    ASSERT_TRUE(
        SqlBecomes(conninfo_, absl::StrCat("SELECT count(*)", kWaiting), "0"));
  }

  absl::Status Insert(int x, absl::Duration statement_timeout) {
    auto pool = ConnectionPool::Create(
        {.conninfo = conninfo_, .statement_timeout = statement_timeout});
    if (!pool.ok()) return pool.status();
    return (*pool)->Transact([x](pqxx::work& work) {
      work.exec(absl::StrCat("INSERT INTO t VALUES (", x, ")"));
      return absl::OkStatus();
    });
  }

  static void ExpectInDoubt(const absl::Status& status) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(FactsOf(status).reason, Reason::kStoreUnavailable) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("may or may not be stored"));
  }

  static const std::string& Conninfo() {
    static const PrimaryServer primary;
    return primary.conninfo();
  }
  const std::string& conninfo_ = Conninfo();
};

TEST_F(CommitInDoubtTest, ConnectionThatBreaksDuringTheCommit) {
  Sql(conninfo_,
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$"
      "BEGIN PERFORM pg_terminate_backend(pg_backend_pid());"
      " PERFORM pg_sleep(10); RETURN NULL; END$$;"
      "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t"
      " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
  ExpectInDoubt(Insert(1, absl::Seconds(20)));
}

TEST_F(CommitInDoubtTest, ReplicaThatDoesNotAnswerInTime) {
  AwaitReplica();
  const absl::Time start = absl::Now();
  ExpectInDoubt(Insert(1, absl::Milliseconds(300)));
  EXPECT_LT(absl::Now() - start, absl::Seconds(20));
}

TEST_F(CommitInDoubtTest, WaitForAReplicaThatIsCancelledIsNotSuccess) {
  AwaitReplica();
  std::future<absl::Status> insert = std::async(
      std::launch::async, [this] { return Insert(1, absl::Seconds(20)); });
  ASSERT_TRUE(
      SqlBecomes(conninfo_, absl::StrCat("SELECT count(*)", kWaiting), "1"));
  Sql(conninfo_, absl::StrCat("SELECT pg_cancel_backend(pid)", kWaiting));
  ExpectInDoubt(insert.get());
  // And yet the row is there, on this machine.
  EXPECT_EQ(Sql(conninfo_, "SELECT count(*) FROM t WHERE x = 1"), "1");
}

TEST_F(CommitInDoubtTest, DeferredConstraintThatFailsIsNoDoubt) {
  Sql(conninfo_,
      "ALTER TABLE t ADD UNIQUE (x) DEFERRABLE INITIALLY DEFERRED;"
      "INSERT INTO t VALUES (1)");
  const absl::Status status = Insert(1, absl::Seconds(20));
  EXPECT_EQ(FactsOf(status).reason, Reason::kInternal) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("23505"));
}

}  // namespace
}  // namespace panvault::vault::postgres
