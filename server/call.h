// Call: one RPC from its arrival to its end: admitted, answered, recorded,
// finished, in this order.
//
// The record is written before the answer leaves; if it cannot be written there
// is no answer (PCI DSS 10.2.1).

#ifndef PANVAULT_SERVER_CALL_H_
#define PANVAULT_SERVER_CALL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/access_policy.h"
#include "server/answer_limit.h"
#include "server/call_guard.h"
#include "server/call_log.h"
#include "server/connections.h"
#include "server/json_log.h"
#include "server/metrics.h"
#include "server/rpc_table.h"
#include "server/svid_verifier.h"
#include "server/worker_pool.h"
#include "vault/keyset.h"
#include "vault/keyset_cache.h"

namespace panvault::server {

// What all calls share. Outlives them.
struct CallEnvironment {
  SvidVerifier& svids;
  Connections& connections;
  const AccessPolicyHolder& access;
  vault::KeysetCache& keysets;
  WorkerPool& workers;
  JsonLog& log;
  Metrics& metrics;
  AnswerLimit& answers;
};

// Who calls on a connection, or why that is nobody; the call is noted with its
// connection. Thread-safe, save that the uses of one `context` must not
// overlap.
absl::StatusOr<std::shared_ptr<const PeerSvid>> IdentifyCaller(
    const CallEnvironment& environment, grpc::ServerContextBase& context,
    absl::string_view peer, absl::Time now);

// Fills in who calls, as far as the call has got. `record` borrows from
// `admission`.
void WriteCaller(const Admission& admission, CallRecord& record);

// How the items of a batch fared.
struct ItemCounts {
  size_t items = 0;
  size_t refused = 0;
  // Of the refused: the keys may be newer than those in memory.
  size_t unknown = 0;

  // Counts one item; OK is one that was served.
  void Count(const absl::Status& status);
};

// Whether `status` may be out of date because memory is: the store may know a
// profile or a key version that was made elsewhere a moment ago.
bool StoreMayKnowMore(const absl::Status& status);

enum class Where {
  kHere,    // On gRPC's thread, from memory; on a worker only if the store may
            // know more than memory does.
  kWorker,  // On a worker: a batch, whose answer is large.
};

// Not thread-safe; may move between threads. Finish must be called once.
class Call final {
 public:
  // `context` outlives the call. Of a call kHere, takes its default reactor,
  // which gRPC gives out once.
  Call(const CallEnvironment& environment, grpc::CallbackServerContext& context,
       Rpc rpc, Where where = Where::kHere);
  Call(Call&&) = default;

  // What the method handler returns to gRPC.
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }

  // Decides whether the call may go on; see call_guard.h.
  absl::Status Admit(const AccessQuestion& question);

  // Takes one of its caller's shares of large answers until the answer is read
  // or the connection ends; false if there is none left. After an Admit that
  // was OK, of a call kWorker.
  bool TakeShare();

  // The flow that the call belongs to; after an Admit that was OK.
  const Caller& caller() const { return *admission_.caller; }

  // The client has gone away, or its deadline has passed.
  bool cancelled() const { return context_->IsCancelled(); }

  ItemCounts& counts() { return counts_; }

  // Writes the record, counts the call, then ends the RPC.
  void Finish(const absl::Status& status);

 private:
  void Count(const absl::Status& status, absl::Duration duration);
  class HoldingReactor;

  const CallEnvironment* environment_;
  grpc::CallbackServerContext* context_;
  HoldingReactor* holding_;  // Null of a call kHere. Owns itself.
  grpc::ServerUnaryReactor* reactor_;
  Rpc rpc_;
  absl::Time start_;
  std::string peer_;
  std::shared_ptr<const AccessPolicy> policy_;  // Keeps admission_ alive.
  Admission admission_;
  std::string profile_;
  ItemCounts counts_;
};

// Computes the answer of a call from a keyset. May run twice, so it does not
// count on an empty response.
using Answer =
    absl::AnyInvocable<absl::Status(const vault::Keyset&, ItemCounts&)>;

// Admits a call about one profile, answers it from the profile's keyset, and
// finishes it: OVERLOADED if a worker is needed and the queue is full. Returns
// the reactor for gRPC.
grpc::ServerUnaryReactor* ServeFromKeyset(const CallEnvironment& environment,
                                          grpc::CallbackServerContext& context,
                                          const AccessQuestion& question,
                                          Where where, Answer answer);

// Runs `work`, which may block, on a worker, and finishes `call` with what it
// returns: OVERLOADED if the queue is full.
void RunOnWorker(const CallEnvironment& environment, Call call,
                 absl::AnyInvocable<absl::Status(Call&)> work);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CALL_H_
