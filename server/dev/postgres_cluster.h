// The folders and settings of a private PostgreSQL cluster:
//
//   <state>/postgres/        ours; PostgreSQL's account may pass through
//     data/                  the cluster, PostgreSQL's own
//     socket/                the unix socket, PostgreSQL's own
//     hba.conf, ident.conf   who may connect, written at each start
//     log                    what PostgreSQL's programs say
//     lock                   held while a server may run
//
// If the state folder was closed to PostgreSQL's account (we are root, it is
// not), that account's group may pass through it (mode 0710), but not list it.

#ifndef PANVAULT_SERVER_DEV_POSTGRES_CLUSTER_H_
#define PANVAULT_SERVER_DEV_POSTGRES_CLUSTER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/dev/child_process.h"
#include "server/dev/os_account.h"

namespace panvault::dev {

// The one user and the first database.
inline constexpr char kPostgresName[] = "panvault";

struct PostgresCluster {
  std::string folder;
  std::string data;
  // Elsewhere, under /tmp, if the path would be too long for a socket.
  std::string socket;
  bool socket_is_temporary = false;
  std::string log;
  std::string programs;  // The folder of initdb, postgres, ...
  OsAccount account;     // Whom they run as.
  bool fast = false;     // Gives durability up.
};

// Where the cluster of `state_dir` is. Makes the folders around it, and the two
// files that say who may connect: this process's user, and nobody else.
absl::StatusOr<PostgresCluster> OpenCluster(const std::string& state_dir,
                                            bool fast);

// Makes the cluster with its user and first database, unless it is there. A
// crash half-way leaves nothing that a later call takes for a cluster.
absl::Status InitCluster(const PostgresCluster& cluster);

// How to start the server. It stops by itself if we die.
Command ServerCommand(const PostgresCluster& cluster);

// For libpq.
std::string ConninfoOf(const PostgresCluster& cluster,
                       const std::string& database);

// Removes what a stopped server left in its socket folder.
void RemoveSocketFiles(const PostgresCluster& cluster);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_POSTGRES_CLUSTER_H_
