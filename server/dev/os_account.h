// The operating system's account that PostgreSQL runs as, and which folders it
// can reach.

#ifndef PANVAULT_SERVER_DEV_OS_ACCOUNT_H_
#define PANVAULT_SERVER_DEV_OS_ACCOUNT_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace panvault::dev {

struct OsAccount {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};

// Who this process is. kFailedPrecondition if its user has no name in the
// system's user database (PostgreSQL refuses such a user). Thread-safe.
absl::StatusOr<OsAccount> CurrentAccount();

// The account called `name`; kNotFound. Thread-safe.
absl::StatusOr<OsAccount> AccountNamed(const std::string& name);

// Whom PostgreSQL is to run as: this user, or `postgres` if this is root, since
// PostgreSQL refuses root. Thread-safe.
absl::StatusOr<OsAccount> PostgresAccount();

// OK if `account`, not being root, may pass through `folder` (absolute) and all
// folders above it. kFailedPrecondition names the first that is in the way.
// Looks at modes only, not at access lists. Thread-safe.
absl::Status CheckReachable(const std::string& folder,
                            const OsAccount& account);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_OS_ACCOUNT_H_
