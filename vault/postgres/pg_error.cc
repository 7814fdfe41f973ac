#include "vault/postgres/pg_error.h"

#include <algorithm>
#include <exception>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "vault/errors.h"
#include "vault/postgres/pqxx_compat.h"

namespace panvault::vault::postgres {
namespace {

absl::Status Unavailable(absl::string_view message) {
  return MakeError({Reason::kStoreUnavailable, "", ""}, message);
}

absl::Status Internal(absl::string_view message) {
  return MakeError({Reason::kInternal, "", ""}, message);
}

absl::Status InDoubt() {
  return Unavailable(
      "the connection to PostgreSQL broke during a commit: the change may or "
      "may not be stored");
}

bool IsSqlState(absl::string_view text) {
  return text.size() == 5 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c));
         });
}

// Errors of the statement or its data: the same again would fail again.
bool IsOurMistake(absl::string_view sqlstate) {
  const absl::string_view kind = sqlstate.substr(0, 2);
  return kind == "22" || kind == "23" || kind == "42";
}

struct Phrase {
  absl::string_view libpq;
  absl::string_view ours;
};
constexpr Phrase kConnectPhrases[] = {
    {"No such file or directory", "there is no socket at that path"},
    {"Connection refused", "the connection was refused"},
    {"Permission denied", "the socket is closed to this user"},
    {"timeout expired", "it did not answer in time"},
    {"could not translate host name", "the host name is unknown"},
    {"authentication failed", "authentication failed"},
    {"no password supplied", "it asks for a password"},
    {"certificate verify failed", "its certificate does not verify"},
    {"starting up", "it is starting up"},
    {"shutting down", "it is shutting down"},
    {"in recovery mode", "it is recovering"},
    {"is read-only", "it is read-only; a replica?"},
    {"hot standby mode", "it is a replica"},
    {"too many clients", "it has no connection left"},
    {"connection slots", "it has no connection left"},
    {"does not exist", "the database or user does not exist"},
    {"unsupported startup parameter",
     "the pooler refuses a parameter of the connection string"},
    {"connection info string", "the connection string is malformed"},
    {"connection option", "the connection string has an unknown option"},
};

}  // namespace

absl::Status StatusOfSqlState(absl::string_view sqlstate) {
  if (!IsSqlState(sqlstate)) return Internal("PostgreSQL refused a statement");
  const std::string suffix = absl::StrCat(" (SQLSTATE ", sqlstate, ")");
  if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3F000") {
    return Unavailable(absl::StrCat(
        "the database lacks the schema: run panvaultd migrate", suffix));
  }
  if (sqlstate == "42501") {
    return Unavailable(
        absl::StrCat("the database user lacks a privilege", suffix));
  }
  if (sqlstate == "57014" || sqlstate == "55P03") {
    return Unavailable(
        absl::StrCat("PostgreSQL did not finish in time", suffix));
  }
  if (IsOurMistake(sqlstate)) {
    return Internal(absl::StrCat("PostgreSQL refused a statement", suffix));
  }
  return Unavailable(absl::StrCat("PostgreSQL cannot do it now", suffix));
}

absl::Status ConnectError(absl::string_view message) {
  for (const Phrase& phrase : kConnectPhrases) {
    if (absl::StrContains(message, phrase.libpq)) {
      return Unavailable(
          absl::StrCat("cannot connect to PostgreSQL: ", phrase.ours));
    }
  }
  return Unavailable("cannot connect to PostgreSQL");
}

absl::Status StatusOfCurrentException() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error&) {
    return InDoubt();
  } catch (const pqxx::statement_completion_unknown&) {
    return InDoubt();
  } catch (const pqxx::broken_connection&) {
    return Unavailable("the connection to PostgreSQL broke");
    // libpqxx 6.4 gives these no SQLSTATE.
  } catch (const pqxx::insufficient_privilege&) {
    return StatusOfSqlState("42501");
  } catch (const pqxx::serialization_failure&) {
    return StatusOfSqlState("40001");
  } catch (const pqxx::deadlock_detected&) {
    return StatusOfSqlState("40P01");
  } catch (const pqxx::transaction_rollback&) {
    return StatusOfSqlState("40000");
  } catch (const pqxx::sql_error& error) {
    const std::string& sqlstate = error.sqlstate();
    return StatusOfSqlState(
        absl::string_view(sqlstate.data(), sqlstate.size()));
  } catch (const std::exception&) {
    return Internal("libpqxx failed");
  }
}

}  // namespace panvault::vault::postgres
