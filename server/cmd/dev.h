// `panvaultd dev`: everything that serving needs, in one state folder.

#ifndef PANVAULT_SERVER_CMD_DEV_H_
#define PANVAULT_SERVER_CMD_DEV_H_

#include "absl/status/status.h"
#include "server/cmd/options.h"
#include "server/json_log.h"
#include "server/serve.h"

namespace panvault::server {

// Starts a private PostgreSQL, migrates it, makes identities, keys and files
// that are missing, and serves. `serve.on_ready` is ours to set: it prints to
// stdout how to go on, and writes the ready file.
absl::Status RunDev(const Options& options, JsonLog& log, ServeOptions serve);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CMD_DEV_H_
