// The schema migrations that this binary carries: migrations/*.sql, embedded
// when it is built.

#ifndef PANVAULT_VAULT_POSTGRES_MIGRATIONS_H_
#define PANVAULT_VAULT_POSTGRES_MIGRATIONS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::vault::postgres {

struct Migration {
  unsigned version = 0;    // 1, 2, 3 ... without gaps.
  absl::string_view name;  // "0001_keysets"
  absl::string_view sql;   // Never changed once released.
};

// Ascending by version. Thread-safe.
absl::Span<const Migration> EmbeddedMigrations();

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_MIGRATIONS_H_
