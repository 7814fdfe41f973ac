// The KeysetStore on PostgreSQL, and its schema migrations.
//
// This folder is the only user of libpqxx; its exceptions end here. Messages
// carry SQLSTATE and constraint names only: PostgreSQL's own DETAIL may quote
// a row.

#ifndef PANVAULT_VAULT_POSTGRES_POSTGRES_KEYSET_STORE_H_
#define PANVAULT_VAULT_POSTGRES_POSTGRES_KEYSET_STORE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "vault/keyset_store.h"

namespace panvault::vault::postgres {

struct PostgresOptions {
  // A libpq connection string.
  std::string conninfo;
  size_t pool_size = 4;
  // For each of the addresses that the connection string names, and for the
  // wait until a connection is free.
  absl::Duration connect_timeout = absl::Seconds(5);
  // For each statement; the whole of a call takes twice that at most.
  absl::Duration statement_timeout = absl::Seconds(5);
};

// Does not connect yet: connections are made when they are needed, and thrown
// away when they break. kInvalidArgument for a pool size of 0 or over 64, a
// timeout that is not positive, or a connection string that is malformed.
absl::StatusOr<std::unique_ptr<KeysetStore>> NewPostgresKeysetStore(
    const PostgresOptions& options);

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_POSTGRES_KEYSET_STORE_H_
