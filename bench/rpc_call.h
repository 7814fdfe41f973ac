// One call of the data plane to make again and again, with its messages kept:
// making them anew would cost more than sending them.

#ifndef PANVAULT_BENCH_RPC_CALL_H_
#define PANVAULT_BENCH_RPC_CALL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "bench/pan_source.h"
#include "bench/target.h"
#include "grpc/support/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/completion_queue.h"

namespace panvault::bench {

enum class Method {
  kTokenize,       // One PAN a call, another one each time.
  kBatchTokenize,  // The same PANs each time: nothing on the way caches them.
  kBulkTokenize,   // So too; a column for each length that occurs.
};

enum class Service {
  kVault,  // panvault.v1.TokenVaultService
  kNull,   // panvault.bench.v1.NullService
};

struct CallSpec {
  Method method = Method::kTokenize;
  Service service = Service::kVault;
  std::string profile = {};
  // Of a batch or bulk call.
  size_t items = 1;
};

// Not thread-safe.
class RpcCall {
 public:
  virtual ~RpcCall() = default;

  // Sends it. `queue` gets `tag` when it has ended, at `deadline` at the
  // latest.
  virtual void Start(grpc::CompletionQueue* queue, gpr_timespec deadline,
                     void* tag) = 0;
  // After that: fills in the items that succeeded and the errors. An answer
  // that lacks items is the error INCOMPLETE.
  virtual void Finish(Completion& completion) = 0;
  // Makes a call that is out end soon. May be called when none is.
  virtual void Cancel() = 0;
};

// `pans` must outlive the call.
std::unique_ptr<RpcCall> NewRpcCall(
    const CallSpec& spec, const std::shared_ptr<grpc::Channel>& channel,
    PanSource& pans);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_RPC_CALL_H_
