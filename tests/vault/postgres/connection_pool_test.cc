// What this shows: transactions on a real PostgreSQL commit whole or not at
// all, wait for a bounded time only, never run on a connection that failed, and
// never call a commit done that may be lost.

#include "vault/postgres/connection_pool.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/postgres.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_folder.h"
#include "vault/errors.h"

namespace panvault::vault::postgres {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::NewDatabase;
using ::panvault::testing::Sql;
using ::panvault::testing::SqlBecomes;
using ::panvault::testing::StatusIs;
using ::panvault::testing::TempFolder;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kShort = absl::Milliseconds(300);
constexpr absl::Duration kPatience = absl::Seconds(20);

class ConnectionPoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<ConnectionPool> NewPool() {
    return NewPool({.conninfo = conninfo_});
  }
  static std::unique_ptr<ConnectionPool> NewPool(
      const PostgresOptions& options) {
    auto pool = ConnectionPool::Create(options);
    EXPECT_THAT(pool, IsOk());
    return *std::move(pool);
  }

  static absl::Status Run(ConnectionPool& pool, const std::string& sql) {
    return pool.Transact([&](pqxx::work& work) {
      work.exec(sql);
      return absl::OkStatus();
    });
  }

  static std::string Ask(ConnectionPool& pool, const std::string& sql) {
    std::string answer;
    const absl::Status status = pool.Transact([&](pqxx::work& work) {
      answer = work.exec(sql)[0][0].c_str();
      return absl::OkStatus();
    });
    return status.ok() ? answer : status.ToString();
  }

  static std::string PidOf(ConnectionPool& pool) {
    return Ask(pool, "SELECT pg_backend_pid()");
  }

  static void ExpectUnavailable(const absl::Status& status,
                                const std::string& words) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(FactsOf(status).reason, Reason::kStoreUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }

  const std::string conninfo_ = NewDatabase();
};

TEST_F(ConnectionPoolTest, CommitsWhatTheBodyDid) {
  const auto pool = NewPool();
  ASSERT_THAT(Run(*pool, "CREATE TABLE t AS SELECT 42 AS x"), IsOk());
  EXPECT_EQ(Sql(conninfo_, "SELECT x FROM t"), "42");
}

TEST_F(ConnectionPoolTest, UndoesWhatTheBodyDidWhenItFailsOrThrows) {
  const auto pool = NewPool({.conninfo = conninfo_, .pool_size = 1});
  const std::string pid = PidOf(*pool);
  const absl::Status refused = pool->Transact([](pqxx::work& work) {
    work.exec(std::string("CREATE TABLE t ()"));
    return absl::AbortedError("mine");
  });
  EXPECT_EQ(refused, absl::AbortedError("mine"));
  EXPECT_EQ(PidOf(*pool), pid);  // A refusal of ours breaks nothing.

  int calls = 0;
  const absl::Status failed = pool->Transact([&](pqxx::work& work) {
    ++calls;
    work.exec(std::string("CREATE TABLE t ()"));
    work.exec(std::string("SELECT 1 / 0"));
    return absl::OkStatus();
  });
  EXPECT_EQ(FactsOf(failed).reason, Reason::kInternal);
  EXPECT_THAT(std::string(failed.message()), HasSubstr("22012"));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Sql(conninfo_, "SELECT to_regclass('t') IS NULL"), "t");
}

TEST_F(ConnectionPoolTest, UsesAConnectionAgainUnlessItFailed) {
  const auto pool = NewPool();
  const std::string pid = PidOf(*pool);
  EXPECT_EQ(PidOf(*pool), pid);
  EXPECT_THAT(Run(*pool, "SELECT 1 / 0"), Not(IsOk()));
  EXPECT_NE(PidOf(*pool), pid);
  EXPECT_TRUE(SqlBecomes(conninfo_,
                         absl::StrCat("SELECT count(*) FROM pg_stat_activity "
                                      "WHERE pid = ",
                                      pid),
                         "0"));
}

TEST_F(ConnectionPoolTest, ConnectionThatDiedIdleIsReplacedUnnoticed) {
  const auto pool = NewPool();
  const std::string pid = PidOf(*pool);
  Sql(conninfo_, absl::StrCat("SELECT pg_terminate_backend(", pid, ", 10000)"));
  const std::string next = PidOf(*pool);
  EXPECT_THAT(next, Not(HasSubstr("UNAVAILABLE")));
  EXPECT_NE(next, pid);
}

TEST_F(ConnectionPoolTest, ConnectionThatDiesInUseFailsTheCallOnce) {
  const auto pool = NewPool();
  int calls = 0;
  const absl::Status status = pool->Transact([&](pqxx::work& work) {
    ++calls;
    const std::string pid =
        work.exec(std::string("SELECT pg_backend_pid()"))[0][0].c_str();
    Sql(conninfo_,
        absl::StrCat("SELECT pg_terminate_backend(", pid, ", 10000)"));
    work.exec(std::string("CREATE TABLE t ()"));
    return absl::OkStatus();
  });
  ExpectUnavailable(status, "");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Sql(conninfo_, "SELECT to_regclass('t') IS NULL"), "t");
  EXPECT_THAT(Run(*pool, "SELECT 1"), IsOk());
}

TEST_F(ConnectionPoolTest, BodyThatSwallowsAFailureIsNotReconnectedInSilence) {
  // libpqxx 6.4 reconnects at the third attempt; a lost SET would show.
  const auto pool = NewPool();
  std::string seen;
  const absl::Status status = pool->Transact([&](pqxx::work& work) {
    const std::string pid =
        work.exec(std::string("SELECT pg_backend_pid()"))[0][0].c_str();
    Sql(conninfo_,
        absl::StrCat("SELECT pg_terminate_backend(", pid, ", 10000)"));
    for (int i = 0; i < 5; ++i) {
      try {
        seen = work.exec(std::string("SELECT 'again'"))[0][0].c_str();
      } catch (const std::exception&) {
      }
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(status, Not(IsOk()));
  EXPECT_EQ(seen, "");
}

TEST_F(ConnectionPoolTest, NeverHasMoreConnectionsThanItsSize) {
  const auto pool = NewPool({.conninfo = conninfo_, .pool_size = 2});
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const absl::Status status = pool->Transact([&](pqxx::work& work) {
          const int now = ++running;
          int before = most;
          while (now > before && !most.compare_exchange_weak(before, now)) {
          }
          work.exec(std::string("SELECT pg_sleep(0.002)"));
          --running;
          return absl::OkStatus();
        });
        EXPECT_THAT(status, IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 2);
  EXPECT_EQ(Ask(*pool,
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database()"),
            "2");
}

TEST_F(ConnectionPoolTest, WaitForAFreeConnectionIsBounded) {
  const auto pool = NewPool(
      {.conninfo = conninfo_, .pool_size = 1, .connect_timeout = kShort});
  const absl::Status outer = pool->Transact([&](pqxx::work&) {
    const absl::Time start = absl::Now();
    ExpectUnavailable(Run(*pool, "SELECT 1"), "all 1 connections");
    EXPECT_GE(absl::Now() - start, kShort);
    EXPECT_LT(absl::Now() - start, kPatience);
    return absl::OkStatus();
  });
  EXPECT_THAT(outer, IsOk());
  EXPECT_THAT(Run(*pool, "SELECT 1"), IsOk());
}

TEST_F(ConnectionPoolTest, FailedConnectionsGiveTheirPlaceBack) {
  const auto pool = NewPool({.conninfo = "host=/nowhere-at-all",
                             .pool_size = 1,
                             .connect_timeout = kShort});
  for (int i = 0; i < 3; ++i) {
    ExpectUnavailable(Run(*pool, "SELECT 1"), "there is no socket");
  }
}

TEST_F(ConnectionPoolTest, SlowStatementIsEndedByTheServer) {
  // Whatever the operator's session says.
  const auto pool =
      NewPool({.conninfo = conninfo_ + " options='-c statement_timeout=0'",
               .statement_timeout = kShort});
  const absl::Time start = absl::Now();
  ExpectUnavailable(Run(*pool, "SELECT pg_sleep(60)"), "57014");
  EXPECT_LT(absl::Now() - start, kPatience);
}

TEST_F(ConnectionPoolTest, SettingsEndWithTheTransaction) {
  const auto pool = NewPool(
      {.conninfo = conninfo_, .statement_timeout = absl::Milliseconds(7777)});
  EXPECT_EQ(Ask(*pool, "SHOW statement_timeout"), "7777ms");
  std::string after;
  static_cast<void>(pool->Transact([&](pqxx::work& work) {
    after =
        work.exec(std::string("COMMIT; SHOW statement_timeout"))[0][0].c_str();
    return absl::OkStatus();
  }));
  EXPECT_EQ(after, "0");
}

TEST_F(ConnectionPoolTest, ServerThatStopsAnsweringIsCutOff) {
  const auto pool = NewPool(
      {.conninfo = conninfo_, .pool_size = 1, .statement_timeout = kShort});
  const pid_t pid = std::stoi(PidOf(*pool));
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  const absl::Time start = absl::Now();
  ExpectUnavailable(Run(*pool, "SELECT 1"), "did not answer in time");
  EXPECT_GE(absl::Now() - start, kTransactionTimeouts * kShort);
  EXPECT_LT(absl::Now() - start, kPatience);
  EXPECT_THAT(Run(*pool, "SELECT 1"), IsOk());
  ASSERT_EQ(kill(pid, SIGCONT), 0);
}

TEST_F(ConnectionPoolTest, ServerThatNeverGreetsIsGivenUp) {
  const TempFolder folder;
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = folder.path() + "/.s.PGSQL.5432";
  std::copy(path.begin(), path.end(), address.sun_path);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)),
            0);
  ASSERT_EQ(listen(listener, 8), 0);
  const auto pool =
      NewPool({.conninfo = "host=" + folder.path(), .connect_timeout = kShort});
  const absl::Time start = absl::Now();
  ExpectUnavailable(Run(*pool, "SELECT 1"), "it did not answer in time");
  EXPECT_LT(absl::Now() - start, kPatience);
  close(listener);
}

TEST_F(ConnectionPoolTest, UnreachableServerIsSaidWithoutItsAddress) {
  const auto pool = NewPool(
      {.conninfo = "host=/nowhere-at-all user=hunter2 password=hunter2"});
  const absl::Status status = Run(*pool, "SELECT 1");
  EXPECT_EQ(status.message(),
            "cannot connect to PostgreSQL: there is no socket at that path");
}

TEST_F(ConnectionPoolTest, ReadOnlyServerIsRefused) {
  Sql(conninfo_, "ALTER DATABASE " +
                     Sql(conninfo_, "SELECT current_database()") +
                     " SET default_transaction_read_only = on");
  const auto pool = NewPool();
  ExpectUnavailable(Run(*pool, "SELECT 1"), "read-only");
  const auto any =
      NewPool({.conninfo = conninfo_ + " target_session_attrs=any"});
  EXPECT_THAT(Run(*any, "SELECT 1"), IsOk());
}

TEST_F(ConnectionPoolTest, CommitsAreOnDiskBeforeTheyAreAcknowledged) {
  const std::string name = Sql(conninfo_, "SELECT current_database()");
  for (const auto& [set, used] : {std::pair{"off", "on"},
                                  {"local", "local"},
                                  {"remote_apply", "remote_apply"}}) {
    Sql(conninfo_, absl::StrCat("ALTER DATABASE ", name,
                                " SET synchronous_commit = ", set));
    const auto pool = NewPool();
    EXPECT_EQ(Ask(*pool, "SHOW synchronous_commit"), used) << set;
  }
}

TEST_F(ConnectionPoolTest, WarningsDoNotReachStderr) {
  const auto pool = NewPool();
  ::testing::internal::CaptureStderr();
  EXPECT_THAT(Run(*pool, "DO $$BEGIN RAISE WARNING 'hunter2'; END$$"), IsOk());
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(ConnectionPoolTest, CreateRefusesWhatCannotWork) {
  for (const PostgresOptions& options :
       {PostgresOptions{.conninfo = conninfo_, .pool_size = 0},
        PostgresOptions{.conninfo = conninfo_, .pool_size = kPoolSizeMax + 1},
        PostgresOptions{.conninfo = conninfo_,
        .connect_timeout = absl::ZeroDuration()},
        PostgresOptions{.conninfo = conninfo_,
        .statement_timeout = -absl::Seconds(1)},
        PostgresOptions{.conninfo = "no such thing"}}) {
    EXPECT_THAT(ConnectionPool::Create(options),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(ConnectionPool::Create(
                  {.conninfo = conninfo_, .pool_size = kPoolSizeMax}),
              IsOk());
}

}  // namespace
}  // namespace panvault::vault::postgres
