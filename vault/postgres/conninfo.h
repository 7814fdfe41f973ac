// A libpq connection string as this vault hands it to libpq: the operator's,
// and a value of ours for what it leaves open.
//
// Only connection parameters that a pooler such as PgBouncer takes: no
// `options`, which it refuses.

#ifndef PANVAULT_VAULT_POSTGRES_CONNINFO_H_
#define PANVAULT_VAULT_POSTGRES_CONNINFO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace panvault::vault::postgres {

// `conninfo` is key=value pairs or a postgresql:// URI; the result is key=value
// pairs. What the operator's does not set:
//   connect_timeout       `connect_timeout`, in whole seconds, at least the 2
//                         that libpq takes; also in place of 0, "for ever"
//   target_session_attrs  read-write: a replica may lag, and show a key that
//                         has been disabled as if it were not
//   fallback_application_name  panvault
// kInvalidArgument if libpq cannot read it; the message quotes none of it.
// Thread-safe.
absl::StatusOr<std::string> CompleteConninfo(const std::string& conninfo,
                                             absl::Duration connect_timeout);

}  // namespace panvault::vault::postgres

#endif  // PANVAULT_VAULT_POSTGRES_CONNINFO_H_
