// PrivatePostgres: a PostgreSQL cluster of our own, for `panvaultd dev` and the
// tests. Never the system's: own data folder, unix socket only, no TCP.
//
// Not for production: one user, no replication, no backups.

#ifndef PANVAULT_SERVER_DEV_PRIVATE_POSTGRES_H_
#define PANVAULT_SERVER_DEV_PRIVATE_POSTGRES_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace panvault::dev {

// Not thread-safe. The destructor stops the cluster; its data stay.
class PrivatePostgres final {
 public:
  // Makes the cluster in `<state_dir>/postgres` unless it is there, starts it
  // and waits until it answers. As root, PostgreSQL runs as the system's
  // `postgres` user, since it refuses root. `fast` gives durability up (tests).
  // Errors name the program that failed and its log file.
  struct Options {
    std::string state_dir;
    bool fast = false;
  };
  static absl::StatusOr<std::unique_ptr<PrivatePostgres>> Start(
      const Options& options);
  ~PrivatePostgres();

  // For libpq: the socket folder, user and database `panvault`.
  const std::string& conninfo() const { return conninfo_; }

  // Stops the server at once, as a crash would; for tests. Restart brings it
  // back on the same data.
  absl::Status Kill();
  absl::Status Restart();

  // Makes an empty database beside the first; returns its conninfo. For tests.
  absl::StatusOr<std::string> CreateDatabase(const std::string& name);

 private:
  struct Process;
  PrivatePostgres() = default;

  std::string conninfo_;
  std::unique_ptr<Process> process_;
};

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_PRIVATE_POSTGRES_H_
