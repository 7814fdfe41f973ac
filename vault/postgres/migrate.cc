#include "vault/postgres/migrate.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "crypto/kdf.h"
#include "vault/errors.h"
#include "vault/postgres/connection_pool.h"
#include "vault/postgres/pqxx_compat.h"

namespace panvault::vault::postgres {
namespace {

// A migration may have to rewrite a large table; another process may be at it.
constexpr absl::Duration kStatementTimeout = absl::Hours(1);

// But it does not queue for a lock on a table for longer than this, because
// whoever uses the table queues behind it.
constexpr char kSetLockTimeout[] =
    "SELECT set_config('lock_timeout', '10s', true)";

// Processes that create a table at once can both find it missing; all but one
// then fail, and find it the next time.
constexpr int kCreateTableTries = 3;
constexpr char kCreateTable[] = R"(
CREATE TABLE IF NOT EXISTS panvault_migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  apply_time timestamptz NOT NULL
))";
constexpr char kTableExists[] =
    "SELECT to_regclass('panvault_migrations') IS NOT NULL";

constexpr char kSelectApplied[] =
    "SELECT version, sha256 FROM panvault_migrations ORDER BY version";

// The row is the lock: a second process waits here until the first commits, and
// then inserts nothing, or fails, and then it is the second's turn.
constexpr char kClaim[] = R"(
INSERT INTO panvault_migrations (version, name, sha256, apply_time)
VALUES ($1, $2, $3, now())
ON CONFLICT (version) DO NOTHING)";

absl::StatusOr<std::string> ChecksumOf(const Migration& migration) {
  const auto digest = crypto::Sha256(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(migration.sql.data()),
      migration.sql.size()));
  if (!digest.ok()) return digest.status();
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest->data()), digest->size()));
}

absl::Status Named(const Migration& migration, const absl::Status& status) {
  if (status.ok()) return status;
  return MakeError(FactsOf(status), absl::StrCat("migration ", migration.name,
                                                 ": ", status.message()));
}

absl::Status CreateTable(ConnectionPool& pool) {
  absl::Status status;
  for (int i = 0; i < kCreateTableTries; ++i) {
    status = pool.Transact([](pqxx::work& work) {
      // A user that may not create tables may still ask whether all is well.
      if (!work.exec(std::string(kTableExists))[0][0].as<bool>()) {
        work.exec(std::string(kCreateTable));
      }
      return absl::OkStatus();
    });
    if (status.ok()) return status;
  }
  return status;
}

// Checks what is applied against `migrations`; returns how many are.
absl::StatusOr<size_t> CountApplied(absl::Span<const Migration> migrations,
                                    pqxx::work& work) {
  const pqxx::result rows = work.exec(std::string(kSelectApplied));
  size_t count = 0;
  for (const pqxx::row& row : rows) {
    const unsigned version = row[0].as<unsigned>();
    if (version > migrations.size() || count == migrations.size()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the database is at schema version ", version,
                       ", this binary knows none after ", migrations.size(),
                       ": use the newer binary"));
    }
    const Migration& migration = migrations[count];
    const absl::StatusOr<std::string> checksum = ChecksumOf(migration);
    if (!checksum.ok()) return checksum.status();
    if (version != migration.version || *checksum != row[1].c_str()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "migration ", migration.name,
          " differs from the one that was applied to this database"));
    }
    ++count;
  }
  return count;
}

// Whether it was this process that applied it.
absl::StatusOr<bool> Apply(const Migration& migration, pqxx::work& work) {
  const absl::StatusOr<std::string> checksum = ChecksumOf(migration);
  if (!checksum.ok()) return checksum.status();
  const pqxx::result claimed = ExecParams(
      work, kClaim, migration.version, std::string(migration.name), *checksum);
  if (claimed.affected_rows() == 0) return false;
  work.exec(std::string(kSetLockTimeout));
  work.exec(std::string(migration.sql));
  return true;
}

// One transaction: looks, and applies the next migration if there is one.
// Returns whether that was the last thing to do.
absl::StatusOr<bool> Step(absl::Span<const Migration> migrations,
                          ConnectionPool& pool, MigrationReport& report) {
  const Migration* next = nullptr;
  bool applied = false;
  const absl::Status status = pool.Transact([&](pqxx::work& work) {
    const absl::StatusOr<size_t> count = CountApplied(migrations, work);
    if (!count.ok()) return count.status();
    report.schema_version = static_cast<unsigned>(*count);
    if (*count == migrations.size()) return absl::OkStatus();
    next = &migrations[*count];
    const absl::StatusOr<bool> ours = Apply(*next, work);
    if (ours.ok()) applied = *ours;
    return ours.status();
  });
  if (next == nullptr) {
    if (!status.ok()) return status;
    return true;
  }
  if (!status.ok()) return Named(*next, status);
  if (applied) report.applied.emplace_back(next->name);
  return false;
}

}  // namespace

absl::StatusOr<MigrationReport> Migrate(const std::string& conninfo) {
  return MigrateTo(EmbeddedMigrations(), conninfo);
}

absl::StatusOr<MigrationReport> MigrateTo(
    absl::Span<const Migration> migrations, const std::string& conninfo) {
  const absl::StatusOr<std::unique_ptr<ConnectionPool>> pool =
      ConnectionPool::Create({.conninfo = conninfo,
                              .pool_size = 1,
                              .statement_timeout = kStatementTimeout});
  if (!pool.ok()) return pool.status();
  absl::Status created = CreateTable(**pool);
  if (!created.ok()) return created;

  MigrationReport report;
  // Each step that is not the last moves the database on by one, whoever did
  // it.
  for (size_t i = 0; i <= migrations.size(); ++i) {
    const absl::StatusOr<bool> done = Step(migrations, **pool, report);
    if (!done.ok()) return done.status();
    if (*done) return report;
  }
  return absl::InternalError("the migrations did not come to an end");
}

}  // namespace panvault::vault::postgres
