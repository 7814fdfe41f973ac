// ConnectionPool: a bounded number of connections to PostgreSQL, and the one
// way to run a transaction on them.
//
// Works through a transaction pooler (PgBouncer): each transaction brings its
// settings along, and nothing of the session is relied upon. A connection that
// failed is thrown away, never repaired: libpqxx 6.4 would reconnect silently.

#ifndef PANVAULT_VAULT_POSTGRES_CONNECTION_POOL_H_
#define PANVAULT_VAULT_POSTGRES_CONNECTION_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "vault/postgres/postgres_keyset_store.h"
#include "vault/postgres/pqxx_compat.h"
#include "vault/postgres/socket_watchdog.h"

namespace panvault::vault::postgres {

inline constexpr size_t kPoolSizeMax = 64;

// A transaction that takes longer than this many statement timeouts is cut off:
// one for its statements, which are few and small, one for its commit.
inline constexpr int kTransactionTimeouts = 2;

// Thread-safe.
class ConnectionPool final {
 public:
  // Does not connect. kInvalidArgument for a size of 0 or over kPoolSizeMax, a
  // timeout that is not positive, a connection string that libpq cannot read.
  static absl::StatusOr<std::unique_ptr<ConnectionPool>> Create(
      const PostgresOptions& options);

  // No Transact is running by then.
  ~ConnectionPool();

  // Runs `body` in a transaction of its own, with its statements bounded by
  // statement_timeout, and commits it if `body` returns OK: durably, whatever
  // synchronous_commit says. Else nothing is changed, and what `body` returned
  // is the result. `body` may throw as libpqxx does; it is called once at most.
  //
  // STORE_UNAVAILABLE if no connection is free or made within connect_timeout,
  // or it breaks, or PostgreSQL does not answer in time. If that happens during
  // the commit, the message says that the change may or may not be stored.
  absl::Status Transact(absl::FunctionRef<absl::Status(pqxx::work&)> body);

 private:
  struct Connection;

  ConnectionPool(const PostgresOptions& options, std::string conninfo);

  // One of the idle ones that still lives, or a new one.
  absl::StatusOr<std::unique_ptr<Connection>> Take();
  absl::StatusOr<std::unique_ptr<Connection>> Connect() const;
  // Ends what Take began; null if the connection is not to be used again.
  void GiveBack(std::unique_ptr<Connection> connection);
  void DropIdle();

  const PostgresOptions options_;
  const std::string conninfo_;
  SocketWatchdog watchdog_;

  // Guards all below.
  std::mutex mutex_;
  std::condition_variable freed_;
  size_t taken_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;  // Last used, last.
};

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_CONNECTION_POOL_H_
