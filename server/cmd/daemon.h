// The program `panvaultd`, but for its main: the benchmarks' build adds
// services to it.

#ifndef PANVAULT_SERVER_CMD_DAEMON_H_
#define PANVAULT_SERVER_CMD_DAEMON_H_

#include "absl/types/span.h"
#include "grpcpp/impl/service_type.h"

namespace panvault::server {

// Runs panvaultd's command line and returns its exit code. Call it first in
// main. `extra_services`, borrowed, are served beside the real ones on the same
// port, without authorization: for benchmarks only.
int RunPanvaultd(int argc, char** argv,
                 absl::Span<grpc::Service* const> extra_services);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CMD_DAEMON_H_
