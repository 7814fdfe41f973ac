// What this shows: what this folder asks of libpqxx, whichever version it is:
// parameters are bound and not pasted, a broken connection stays broken, and
// warnings are counted and not printed.

#include "vault/postgres/pqxx_compat.h"

#include <cstdint>
#include <exception>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/postgres.h"

namespace panvault::vault::postgres {
namespace {

using ::panvault::testing::Sql;

std::string Conninfo() {
  return panvault::testing::SharedPostgres().conninfo();
}

// How many of `attempts` transactions work after the server has ended the
// connection.
int RevivalsOf(pqxx::connection& connection, int attempts) {
  Sql(Conninfo(), absl::StrCat("SELECT pg_terminate_backend(",
                               connection.backendpid(), ", 10000)"));
  int revivals = 0;
  for (int i = 0; i < attempts; ++i) {
    try {
      pqxx::work work(connection);
      work.exec(std::string("SELECT 1"));
      ++revivals;
    } catch (const std::exception&) {
    }
  }
  return revivals;
}

TEST(PqxxCompat, ParametersAreValuesWhateverIsInThem) {
  pqxx::connection connection(Conninfo());
  pqxx::work work(connection);
  const std::string text = "'); DROP TABLE x; -- \\ \" é";
  const pqxx::result rows =
      ExecParams(work, "SELECT $1::text, $2::bigint, $3::boolean, $4::integer",
                 text, int64_t{1'800'000'000'000'001}, true, 7u);
  EXPECT_EQ(rows[0][0].as<std::string>(), text);
  EXPECT_EQ(rows[0][1].as<int64_t>(), 1'800'000'000'000'001);
  EXPECT_TRUE(rows[0][2].as<bool>());
  EXPECT_EQ(rows[0][3].as<unsigned>(), 7u);
}

TEST(PqxxCompat, BrokenConnectionStaysBroken) {
  pqxx::connection connection(Conninfo());
  ForbidReconnect(connection);
  EXPECT_EQ(RevivalsOf(connection, 5), 0);
}

#if PQXX_VERSION_MAJOR < 7
TEST(PqxxCompat, WhatForbidReconnectForbidsDoesHappen) {
  pqxx::connection connection(Conninfo());
  EXPECT_GT(RevivalsOf(connection, 5), 0);
}
#endif

TEST(PqxxCompat, WarningsAreCountedWhileTheCounterLives) {
  const std::string warn = "DO $$BEGIN RAISE WARNING 'hunter2'; END$$";
  pqxx::connection connection(Conninfo());
  pqxx::work work(connection);
  ::testing::internal::CaptureStderr();
  work.exec(warn);
  {
    const NoticeCounter counter(connection);
    EXPECT_EQ(counter.count(), 0);
    work.exec(warn);
    work.exec(warn);
    work.exec(std::string("SELECT 1"));
    EXPECT_EQ(counter.count(), 2);
  }
  work.exec(warn);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace panvault::vault::postgres
