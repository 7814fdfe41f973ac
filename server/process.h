// What panvaultd does to its own process before anything else runs: nothing in
// the environment may make a library print secrets, and no dump or debugger may
// show its memory.
//
// Not a sandbox: root, and whoever may trace this user, can still read memory.

#ifndef PANVAULT_SERVER_PROCESS_H_
#define PANVAULT_SERVER_PROCESS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace panvault::server {

// Removes from the environment what would change the behaviour of gRPC, OpenSSL
// or libpq behind the configuration's back: GRPC_TRACE prints decrypted bytes,
// SSLKEYLOGFILE session keys, PG* chooses another database; PKCS11SPY and its
// like write down what a PKCS #11 module is told. What else modules need, such
// as SOFTHSM2_CONF, stays. Returns the names removed, for the log. Call it
// first in main: not thread-safe.
std::vector<std::string> ScrubEnvironment();

// Core dumps and ptrace off, and memory settings for a server of large
// messages. kInternal, naming the call, if the kernel refuses. Call it before
// threads start.
absl::Status HardenProcess();

// How many arenas malloc has at most, once HardenProcess has been called: one
// for each core, and at least two.
int MallocArenasMax();

// Lets the process have `needed` file descriptors, and all that it may have:
// kFailedPrecondition, with both numbers, if it may not have as many.
absl::Status RequireDescriptors(size_t needed);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_PROCESS_H_
