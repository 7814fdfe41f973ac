// Both ends of mutual TLS for the authorization benchmark, and a call as its
// handler has it. A failure ends the process.

#ifndef PANVAULT_BENCH_AUTHORIZE_PEER_H_
#define PANVAULT_BENCH_AUTHORIZE_PEER_H_

#include <memory>
#include <string>
#include <vector>

#include "crypto/x509_issuer.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/channel_arguments.h"

namespace panvault::bench {

inline constexpr char kTrustDomain[] = "bench.panvault.internal";
inline constexpr int kIdentities = 50;

// "spiffe://bench.panvault.internal/ns/team-7/sa/payment-api-7".
std::string IdOf(int caller);

// A CA, and what it has issued. Uses no gRPC.
struct Identities {
  std::string bundle_pem;
  crypto::IssuedSvid server;
  std::vector<crypto::IssuedSvid> callers;  // Of IdOf(0) and so on.
  // The one that calls, neither first nor last.
  const crypto::IssuedSvid& calling() const { return callers[17]; }
};
Identities IssueIdentities();

// Mutual TLS between `server` and `calling()`.
std::shared_ptr<grpc::ServerCredentials> ServerEnd(const Identities& from);
std::shared_ptr<grpc::ChannelCredentials> CallingEnd(const Identities& from);
// The client must expect this name, since the address is 127.0.0.1.
void ExpectServer(grpc::ChannelArguments& arguments);

// A call over such a connection, which lasts as long as this does.
class LiveCall final {
 public:
  // Starts gRPC's threads, which have nothing to do once the call is here.
  explicit LiveCall(const Identities& from);
  ~LiveCall();
  LiveCall(const LiveCall&) = delete;
  LiveCall& operator=(const LiveCall&) = delete;

  // The handler's. To be used by one thread at a time.
  grpc::CallbackServerContext& context() const;

 private:
  struct Ends;
  const std::unique_ptr<Ends> ends_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_AUTHORIZE_PEER_H_
