// Asks a panvaultd of this host how it is, by the standard gRPC health
// protocol: for probes that run inside the pod, where alone the health listener
// answers.

#ifndef PANVAULT_SERVER_HEALTH_CLIENT_H_
#define PANVAULT_SERVER_HEALTH_CLIENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace panvault::server {

// Of a process on the same host: more means that it is stuck.
inline constexpr absl::Duration kHealthTimeout = absl::Seconds(2);

enum class Health {
  kServing,     // Keys are loaded, and calls are served.
  kNotServing,  // It answers, but has no keys that may be used, or drains.
};

// `address` is a loopback "ip:port" or "unix:/path", as the server's
// health_listen. kUnavailable if nobody answers within `timeout`, or something
// else than gRPC health does; kInvalidArgument for port 0, which names no
// server. Thread-safe.
absl::StatusOr<Health> AskHealth(const std::string& address,
                                 absl::Duration timeout = kHealthTimeout);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_HEALTH_CLIENT_H_
