// What every call pays to be decided: its identity, looked up anew, and its
// grant, as server/call.cc does both. A failure ends the process: a figure of
// calls that were refused must not be reported.

#ifndef PANVAULT_BENCH_AUTHORIZE_WORK_H_
#define PANVAULT_BENCH_AUTHORIZE_WORK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "bench/authorize_peer.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "server/access_policy.h"
#include "server/peer_identity.h"
#include "server/rpc_table.h"
#include "server/stream_watch.h"
#include "server/svid_verifier.h"

namespace panvault::bench {

// One caller's calls on a server whose policy has kIdentities callers with
// three grants each, all of whom have called before. Not thread-safe.
class AuthorizeWork final {
 public:
  // Makes one call over TLS, and keeps it open: starts gRPC's threads.
  explicit AuthorizeWork(const Identities& identities);

  // Decides a call of `rpc`, which is Tokenize or Detokenize.
  void Decide(server::Rpc rpc);

  // Its three steps by themselves. What they cost is more than Decide(), since
  // each has a call and a check of its own.
  void ReadCertificates();
  void Identify();
  void Admit(server::Rpc rpc);

  // The two notes about the call that stream_watch.h takes: a stream has begun,
  // and has become a call.
  void WatchStream();

 private:
  server::SvidVerifier svids_;
  server::AccessPolicyHolder access_;
  const LiveCall call_;
  // Of the connection, as gRPC hands it to processors.
  const std::shared_ptr<grpc::AuthContext> auth_;
  const server::ShownCertificates shown_;
  const absl::StatusOr<std::shared_ptr<const server::PeerSvid>> svid_;
  server::StreamWatch streams_;
  const std::shared_ptr<grpc::AuthMetadataProcessor> processor_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_AUTHORIZE_WORK_H_
