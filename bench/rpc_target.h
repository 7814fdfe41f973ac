// A gRPC service as the target of a load: an asynchronous client of one
// completion queue, with messages and slots that are used again.
//
// One thread, because generator and server share the cores of a small machine,
// and a generator of many threads would measure the scheduler.

#ifndef PANVAULT_BENCH_RPC_TARGET_H_
#define PANVAULT_BENCH_RPC_TARGET_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "bench/pan_source.h"
#include "bench/rpc_call.h"
#include "bench/target.h"
#include "grpcpp/channel.h"

namespace panvault::bench {

// How a target waits.
enum class Harvest {
  // In Wait(): the cheapest, but gRPC wakes up by the millisecond only, so that
  // calls of an open loop would leave late.
  kInWait,
  // By a thread of its own, which stamps completions as they come; Wait() is
  // then exact to some 50 us.
  kInThread,
};

struct RpcTargetOptions {
  CallSpec call = {};
  size_t slots = 1;
  // Of a call; ends it with DEADLINE_EXCEEDED.
  Nanoseconds timeout = std::chrono::seconds(10);
  Harvest harvest = Harvest::kInWait;
};

// Slots take turns on `channels`, of which there must be one at least. Calls
// still out when the target goes are cancelled. The clock is CLOCK_MONOTONIC.
std::unique_ptr<Target> NewRpcTarget(
    const RpcTargetOptions& options,
    absl::Span<const std::shared_ptr<grpc::Channel>> channels, PanSource pans);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_RPC_TARGET_H_
