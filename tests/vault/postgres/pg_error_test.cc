// What this shows: whatever libpqxx throws becomes the right Status, with
// words of ours, and nothing that PostgreSQL quoted gets through.

#include "vault/postgres/pg_error.h"

#include <exception>
#include <stdexcept>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/postgres.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/postgres/pqxx_compat.h"

namespace panvault::vault::postgres {
namespace {

using ::panvault::testing::NewDatabase;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kQuoted[] = "Key (name)=(hunter2) already exists";

template <typename Exception>
absl::Status StatusOf(const Exception& exception) {
  try {
    throw exception;
  } catch (...) {
    return StatusOfCurrentException();
  }
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

TEST(PgError, SqlStatesSayWhetherToTryAgain) {
  struct Case {
    const char* sqlstate;
    Reason reason;
    const char* words;
  };
  for (const Case& c : {
           Case{"42P01", Reason::kStoreUnavailable, "run panvaultd migrate"},
           Case{"42703", Reason::kStoreUnavailable, "run panvaultd migrate"},
           Case{"3F000", Reason::kStoreUnavailable, "run panvaultd migrate"},
           Case{"42501", Reason::kStoreUnavailable, "lacks a privilege"},
           Case{"57014", Reason::kStoreUnavailable, "in time"},
           Case{"55P03", Reason::kStoreUnavailable, "in time"},
           Case{"57P01", Reason::kStoreUnavailable, "cannot do it now"},
           Case{"53300", Reason::kStoreUnavailable, "cannot do it now"},
           Case{"40001", Reason::kStoreUnavailable, "cannot do it now"},
           Case{"25006", Reason::kStoreUnavailable, "cannot do it now"},
           Case{"08006", Reason::kStoreUnavailable, "cannot do it now"},
           Case{"23505", Reason::kInternal, "refused a statement"},
           Case{"23514", Reason::kInternal, "refused a statement"},
           Case{"22003", Reason::kInternal, "refused a statement"},
           Case{"42601", Reason::kInternal, "refused a statement"},
       }) {
    const absl::Status status = StatusOfSqlState(c.sqlstate);
    EXPECT_EQ(FactsOf(status).reason, c.reason) << c.sqlstate;
    EXPECT_THAT(MessageOf(status), HasSubstr(c.words)) << c.sqlstate;
    EXPECT_THAT(MessageOf(status), HasSubstr(c.sqlstate));
  }
}

TEST(PgError, WhatIsNoSqlStateIsNotRepeated) {
  for (const char* const text : {"", "hunter2", "4270a", "427 3", "427030"}) {
    const absl::Status status = StatusOfSqlState(text);
    EXPECT_EQ(FactsOf(status).reason, Reason::kInternal) << text;
    EXPECT_EQ(MessageOf(status), "PostgreSQL refused a statement");
  }
}

TEST(PgError, ExceptionsBecomeStatusesWithoutTheirWords) {
  const absl::Status broken = StatusOf(pqxx::broken_connection(kQuoted));
  EXPECT_EQ(FactsOf(broken).reason, Reason::kStoreUnavailable);
  EXPECT_THAT(MessageOf(broken), HasSubstr("connection to PostgreSQL broke"));

  const absl::Status in_doubt = StatusOf(pqxx::in_doubt_error(kQuoted));
  EXPECT_EQ(FactsOf(in_doubt).reason, Reason::kStoreUnavailable);
  EXPECT_THAT(MessageOf(in_doubt), HasSubstr("may or may not be stored"));

  const absl::Status unique =
      StatusOf(pqxx::unique_violation(kQuoted, kQuoted, "23505"));
  EXPECT_EQ(FactsOf(unique).reason, Reason::kInternal);

  const absl::Status other = StatusOf(std::runtime_error(kQuoted));
  EXPECT_EQ(FactsOf(other).reason, Reason::kInternal);

  for (const absl::Status& status : {broken, in_doubt, unique, other}) {
    EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));
  }
}

TEST(PgError, RowThatPostgresQuotesStaysBehind) {
  pqxx::connection connection(NewDatabase());
  std::string what;
  absl::Status status;
  try {
    pqxx::work work(connection);
    work.exec(std::string("CREATE TABLE t (name text UNIQUE)"));
    ExecParams(work, "INSERT INTO t VALUES ($1), ($1)", std::string("hunter2"));
  } catch (const std::exception& error) {
    what = error.what();
    status = StatusOfCurrentException();
  }
  EXPECT_THAT(what, HasSubstr("hunter2"));                    // It was there,
  EXPECT_THAT(status.ToString(), Not(HasSubstr("hunter2")));  // and is no more.
  EXPECT_THAT(MessageOf(status), HasSubstr("(SQLSTATE 23505)"));
}

TEST(PgError, FailuresThatLibpqxxGivesNoSqlStateGetTheirs) {
  // As 6.4 makes them for these errors of the server.
  EXPECT_THAT(MessageOf(StatusOf(pqxx::insufficient_privilege(kQuoted))),
              HasSubstr("lacks a privilege (SQLSTATE 42501)"));
  EXPECT_THAT(MessageOf(StatusOf(pqxx::serialization_failure(kQuoted))),
              HasSubstr("cannot do it now (SQLSTATE 40001)"));
  EXPECT_THAT(MessageOf(StatusOf(pqxx::deadlock_detected(kQuoted))),
              HasSubstr("cannot do it now (SQLSTATE 40P01)"));
  EXPECT_THAT(MessageOf(StatusOf(pqxx::transaction_rollback(kQuoted))),
              HasSubstr("cannot do it now (SQLSTATE 40000)"));
  EXPECT_THAT(MessageOf(StatusOf(pqxx::statement_completion_unknown(kQuoted))),
              HasSubstr("may or may not be stored"));
}

TEST(PgError, EachSqlStateOfTheServerArrives) {
  const std::string conninfo = NewDatabase();
  for (const char* const sqlstate :
       {"40001", "40P01", "42501", "42P01", "42703", "3F000", "57014", "55P03",
        "25006", "53100", "53200", "XX000", "P0001", "23514", "22003"}) {
    absl::Status status;
    try {
      pqxx::connection connection(conninfo);
      pqxx::work work(connection);
      work.exec(std::string("DO $$BEGIN RAISE 'hunter2' USING ERRCODE = '") +
                sqlstate + "'; END$$");
    } catch (...) {
      status = StatusOfCurrentException();
    }
    EXPECT_EQ(status, StatusOfSqlState(sqlstate)) << sqlstate;
  }
}

TEST(PgError, ConnectErrorsAreOneOfAFewPhrases) {
  struct Case {
    const char* libpq;
    const char* ours;
  };
  for (const Case& c : {
           Case{"connection to server on socket \"/hunter2/.s.PGSQL.5432\" "
                "failed: No such file or directory",
                ": there is no socket at that path"},
           Case{"connection to server at \"hunter2\", port 1 failed: "
                "Connection refused",
                ": the connection was refused"},
           Case{"FATAL:  password authentication failed for user \"hunter2\"",
                ": authentication failed"},
           Case{"FATAL:  database \"hunter2\" does not exist",
                ": the database or user does not exist"},
           Case{"FATAL:  the database system is starting up",
                ": it is starting up"},
           Case{"connection to server failed: session is read-only",
                ": it is read-only; a replica?"},
           // PgBouncer's words.
           Case{"ERROR:  unsupported startup parameter: hunter2",
                ": the pooler refuses a parameter of the connection string"},
           Case{"hunter2 of another kind", ""},
       }) {
    const absl::Status status = ConnectError(c.libpq);
    EXPECT_EQ(FactsOf(status).reason, Reason::kStoreUnavailable) << c.libpq;
    EXPECT_EQ(MessageOf(status),
              std::string("cannot connect to PostgreSQL") + c.ours);
  }
}

}  // namespace
}  // namespace panvault::vault::postgres
