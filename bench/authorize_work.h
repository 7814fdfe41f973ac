// What every call pays to be decided: its identity, looked up anew, and its
// grant, as server/call.cc does both. A failure ends the process: a figure of
// calls that were refused must not be reported.

#ifndef PANVAULT_BENCH_AUTHORIZE_WORK_H_
#define PANVAULT_BENCH_AUTHORIZE_WORK_H_

#include <memory>

#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "server/access_policy.h"
#include "server/rpc_table.h"
#include "server/stream_watch.h"
#include "server/svid_verifier.h"

namespace panvault::bench {

// Callers in the policy, each with kGrants grants; all have called before.
inline constexpr int kCallers = 50;
inline constexpr int kGrants = 3;

// One caller's calls on a server with a realistic policy. Not thread-safe.
class AuthorizeWork final {
 public:
  // Makes a CA and certificates, and one call over TLS: starts gRPC's threads.
  AuthorizeWork();

  // Decides a call of `rpc`, which is Tokenize or Detokenize.
  void Decide(server::Rpc rpc);

  // The two notes about the call that stream_watch.h takes: a stream has begun,
  // and has become a call.
  void WatchStream();

 private:
  std::shared_ptr<const grpc::AuthContext> NewAuthContext() const;

  // As gRPC made it.
  std::shared_ptr<grpc::AuthContext> auth_;
  std::unique_ptr<server::SvidVerifier> svids_;
  std::unique_ptr<server::AccessPolicyHolder> access_;
  server::StreamWatch streams_;
  const std::shared_ptr<grpc::AuthMetadataProcessor> processor_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_AUTHORIZE_WORK_H_
