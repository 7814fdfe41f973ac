// What the command does before it touches a card number.

#ifndef PANVAULT_CLIENT_CMD_HARDEN_H_
#define PANVAULT_CLIENT_CMD_HARDEN_H_

#include "absl/status/status.h"

namespace panvault::cli {

// Removes every GRPC_* variable and SSLKEYLOGFILE from the environment: they
// make gRPC print messages, and so card numbers, or write TLS secrets to a
// file. Call before the first use of gRPC and before any thread.
void ScrubEnvironment();

// No core files, and no debugger of the same user: the memory holds card
// numbers. Errors: kInternal if the system refuses.
absl::Status ForbidMemoryDumps();

// Silences gRPC's own log and Protobuf's, which would mix with the command's
// output. Errors still come back as statuses.
void SilenceGrpcLog();

}  // namespace panvault::cli

#endif  // PANVAULT_CLIENT_CMD_HARDEN_H_
