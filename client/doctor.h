// What is wrong with a connection to panvaultd, found out from the caller's
// side, step by step and up to the first thing that is.
//
// For the engineer of a caller: a refused connection looks the same whatever
// the reason, and the server's log is somebody else's. Shows names and times of
// certificates, which are no secrets; no keys, and no call with card numbers is
// made.

#ifndef PANVAULT_CLIENT_DOCTOR_H_
#define PANVAULT_CLIENT_DOCTOR_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/client.h"

namespace panvault::client {

enum class Verdict {
  kOk,
  kNoConnection,  // Nobody answers.
  kRefused,       // One of the two does not accept the other.
};

struct Finding {
  std::string step;  // "own certificate", "connection", "server", ...
  Verdict verdict = Verdict::kOk;
  std::string text;
};

// In the order of the steps; the last one is the first that is not OK, if any.
// Takes the time of one handshake and one call; at most `options.timeout` for
// each of connection, handshake and call. Thread-safe.
std::vector<Finding> Diagnose(const ClientOptions& options, absl::Time now);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_DOCTOR_H_
