// Which processes run on a PostgreSQL data folder, left over by a run that was
// killed. PostgreSQL's own check, by the number in postmaster.pid alone, gives
// up when some other program has got that number since.

#ifndef PANVAULT_SERVER_DEV_CLUSTER_PROCESSES_H_
#define PANVAULT_SERVER_DEV_CLUSTER_PROCESSES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace panvault::dev {

// The processes of a program called `postgres` whose working folder is
// `data_dir` (absolute, without links), where all of a server's processes are.
// Thread-safe.
std::vector<pid_t> ProcessesIn(const std::string& data_dir);

// Waits until there are none, and asks them to stop at once (SIGQUIT) after
// half of `patience`. The caller holds the cluster's lock, so they belong to
// nobody any more. kFailedPrecondition if some are left. Thread-safe.
absl::Status EndLeftovers(const std::string& data_dir, absl::Duration patience);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_CLUSTER_PROCESSES_H_
