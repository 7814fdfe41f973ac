// libpqxx's exceptions end here: each becomes one absl::Status.
//
// What PostgreSQL says about an error may quote a row (DETAIL), so none of its
// words are passed on: messages are ours, with the SQLSTATE.

#ifndef PANVAULT_VAULT_POSTGRES_PG_ERROR_H_
#define PANVAULT_VAULT_POSTGRES_PG_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace panvault::vault::postgres {

// The Status of the exception that is being handled; call it in a catch block.
// STORE_UNAVAILABLE when trying again, or repairing the server, may help;
// kInternal for what is our own mistake. Thread-safe, as all here.
absl::Status StatusOfCurrentException();

// As above, for a failed statement's five-character SQLSTATE.
absl::Status StatusOfSqlState(absl::string_view sqlstate);

// Why no connection came about, for libpq's `message`: STORE_UNAVAILABLE with
// one of a few phrases of ours, since `message` may quote a connection string.
absl::Status ConnectError(absl::string_view message);

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_PG_ERROR_H_
