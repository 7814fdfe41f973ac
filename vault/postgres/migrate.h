// Schema migrations: forward only, embedded in the binary from
// migrations/*.sql, each in a transaction of its own and recorded with its
// SHA-256 in the table panvault_migrations.

#ifndef PANVAULT_VAULT_POSTGRES_MIGRATE_H_
#define PANVAULT_VAULT_POSTGRES_MIGRATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "vault/postgres/migrations.h"

namespace panvault::vault::postgres {

struct MigrationReport {
  unsigned schema_version = 0;       // After the call.
  std::vector<std::string> applied;  // Names, in order; empty if up to date.
};

// Brings the schema up to date. Safe to run twice, or from two processes at
// once: one waits for the other. kFailedPrecondition if an applied migration
// differs from the embedded one, or the database is ahead of this binary;
// STORE_UNAVAILABLE if it cannot be reached; kInvalidArgument for a malformed
// `conninfo`. A migration that fails leaves those before it applied, and the
// message names it. Thread-safe.
absl::StatusOr<MigrationReport> Migrate(const std::string& conninfo);

// The same with `migrations` in place of the embedded ones: for tests.
absl::StatusOr<MigrationReport> MigrateTo(
    absl::Span<const Migration> migrations, const std::string& conninfo);

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_MIGRATE_H_
