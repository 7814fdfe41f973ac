// What a call costs its server when nothing is decided: a null handler in a
// process of its own, and callers that keep it busy.
//
// The connection has no TLS, so the floor is lower than that of panvaultd and a
// ratio to it is on the safe side. A failure ends the process: a figure of
// calls that failed must not be reported.

#ifndef PANVAULT_BENCH_AUTHORIZE_FLOOR_H_
#define PANVAULT_BENCH_AUTHORIZE_FLOOR_H_

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <vector>

#include "bench/authorize_peer.h"
#include "bench/null.grpc.pb.h"

namespace panvault::bench {

// NullService on 127.0.0.1. Not thread-safe.
class NullProcess final {
 public:
  // Over mutual TLS if there are `identities`, which must outlive this. Forks:
  // before anything in this process uses gRPC or starts a thread.
  explicit NullProcess(const Identities* identities);
  // Ends the process.
  ~NullProcess();
  NullProcess(const NullProcess&) = delete;
  NullProcess& operator=(const NullProcess&) = delete;

  // Calls it from kCallers threads, each of which waits for its answers, and
  // returns the CPU time that it spent on a call: user and system, all threads.
  double CpuNsOfACall(std::chrono::milliseconds duration);

  static constexpr int kCallers = 4;

 private:
  void Connect();

  const Identities* const identities_;
  pid_t pid_ = -1;
  int port_ = 0;
  // One per caller; each has a connection. Made with the first call.
  std::vector<std::unique_ptr<v1::NullService::Stub>> stubs_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_AUTHORIZE_FLOOR_H_
