#include "vault/postgres/connection_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "vault/errors.h"
#include "vault/postgres/conninfo.h"
#include "vault/postgres/pg_error.h"

namespace panvault::vault::postgres {
namespace {

// For this transaction only. In words:
// - Statements end after $1, and so does the transaction if we stop asking.
// - Warnings arrive (CommitWork needs them), notices do not.
// - A key that was lost after it made tokens is a disaster: a database set up
//   to acknowledge commits before they are on disk does not do so for us.
constexpr char kSettings[] = R"(
SELECT set_config('statement_timeout', $1, true),
       set_config('idle_in_transaction_session_timeout', $1, true),
       set_config('client_min_messages', 'warning', true),
       set_config('synchronous_commit',
                  CASE current_setting('synchronous_commit')
                    WHEN 'off' THEN 'on'
                    ELSE current_setting('synchronous_commit') END, true))";

absl::Status Unavailable(absl::string_view message) {
  return MakeError({Reason::kStoreUnavailable, "", ""}, message);
}

// PostgreSQL answers COMMIT with success and a warning if its wait for a
// replica was cancelled: the change is on one machine, and may yet be lost.
absl::Status CommitWork(pqxx::connection& connection, pqxx::work& work) {
  const NoticeCounter warnings(connection);
  work.commit();
  if (warnings.count() == 0) return absl::OkStatus();
  return Unavailable(
      "PostgreSQL did not wait for a replica: the change may or may not be "
      "stored");
}

}  // namespace

struct ConnectionPool::Connection {
  explicit Connection(const std::string& conninfo) : pqxx(conninfo) {
    ForbidReconnect(pqxx);
    socket = fcntl(pqxx.sock(), F_DUPFD_CLOEXEC, 0);
  }
  ~Connection() {
    if (socket >= 0) close(socket);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Whether something arrived while nobody asked: the connection's end, or the
  // server's farewell. Anything else is rare, and costs a new connection.
  bool Gone() const {
    pollfd event = {socket, POLLIN, 0};
    return poll(&event, 1, 0) != 0;
  }

  pqxx::connection pqxx;
  // A duplicate, for the watchdog: libpq closes its own when it fails, and the
  // number may be another socket's a moment later.
  int socket = -1;
};

absl::StatusOr<std::unique_ptr<ConnectionPool>> ConnectionPool::Create(
    const PostgresOptions& options) {
  if (options.pool_size == 0 || options.pool_size > kPoolSizeMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a pool has 1 to ", kPoolSizeMax, " connections"));
  }
  if (options.connect_timeout <= absl::ZeroDuration() ||
      options.statement_timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("a timeout must be more than 0");
  }
  absl::StatusOr<std::string> conninfo =
      CompleteConninfo(options.conninfo, options.connect_timeout);
  if (!conninfo.ok()) return conninfo.status();
  return std::unique_ptr<ConnectionPool>(
      new ConnectionPool(options, *std::move(conninfo)));
}

ConnectionPool::ConnectionPool(const PostgresOptions& options,
                               std::string conninfo)
    : options_(options), conninfo_(std::move(conninfo)) {}

ConnectionPool::~ConnectionPool() = default;

absl::Status ConnectionPool::Transact(
    absl::FunctionRef<absl::Status(pqxx::work&)> body) {
  absl::StatusOr<std::unique_ptr<Connection>> taken = Take();
  if (!taken.ok()) return taken.status();
  std::unique_ptr<Connection> connection = *std::move(taken);

  absl::Status status;
  bool failed = false;
  {
    const SocketWatchdog::Watch watch(
        watchdog_, connection->socket,
        kTransactionTimeouts * options_.statement_timeout);
    try {
      pqxx::work work(connection->pqxx);
      ExecParams(work, kSettings,
                 absl::StrCat(absl::ToInt64Milliseconds(absl::Ceil(
                     options_.statement_timeout, absl::Milliseconds(1)))));
      status = body(work);
      if (status.ok()) {
        status = CommitWork(connection->pqxx, work);
      } else {
        work.abort();
      }
    } catch (const pqxx::in_doubt_error&) {
      failed = true;
      status = StatusOfCurrentException();
    } catch (...) {
      failed = true;
      status = watch.expired()
                   ? Unavailable("PostgreSQL did not answer in time")
                   : StatusOfCurrentException();
    }
  }
  // What broke this connection has likely broken its neighbours.
  if (failed && !connection->pqxx.is_open()) DropIdle();
  if (failed) connection.reset();
  GiveBack(std::move(connection));
  return status;
}

absl::StatusOr<std::unique_ptr<ConnectionPool::Connection>>
ConnectionPool::Take() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!freed_.wait_for(lock,
                         absl::ToChronoNanoseconds(options_.connect_timeout),
                         [this] { return taken_ < options_.pool_size; })) {
      return Unavailable(absl::StrCat("all ", options_.pool_size,
                                      " connections to PostgreSQL are busy"));
    }
    ++taken_;
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (!connection->Gone()) return connection;
    }
  }
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connect();
  if (!connection.ok()) GiveBack(nullptr);
  return connection;
}

absl::StatusOr<std::unique_ptr<ConnectionPool::Connection>>
ConnectionPool::Connect() const {
  try {
    auto connection = std::make_unique<Connection>(conninfo_);
    if (connection->socket < 0) {
      return Unavailable(absl::StrCat("no socket for PostgreSQL is left: ",
                                      std::strerror(errno)));
    }
    return connection;
  } catch (const pqxx::broken_connection& error) {
    return ConnectError(error.what());
  } catch (...) {
    return StatusOfCurrentException();
  }
}

void ConnectionPool::GiveBack(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    --taken_;
    if (connection != nullptr) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

void ConnectionPool::DropIdle() {
  std::vector<std::unique_ptr<Connection>> dropped;
  const std::lock_guard<std::mutex> lock(mutex_);
  dropped.swap(idle_);
}

}  // namespace panvault::vault::postgres
