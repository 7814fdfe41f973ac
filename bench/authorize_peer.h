// A caller's end of a mutual-TLS connection, as gRPC shows it to a handler.

#ifndef PANVAULT_BENCH_AUTHORIZE_PEER_H_
#define PANVAULT_BENCH_AUTHORIZE_PEER_H_

#include <memory>

#include <string>
#include "crypto/x509_issuer.h"
#include "grpcpp/security/auth_context.h"

namespace panvault::bench {

// What the server's certificate names.
inline constexpr char kServerDnsName[] = "panvaultd.bench.panvault.internal";

// Makes one call over a connection on 127.0.0.1, between `caller` and `server`,
// both issued by the CA of `bundle_pem`, and returns what the handler was shown
// of the caller: gRPC's own properties. `server` is good for kServerDnsName.
// Null if the call failed. Starts gRPC's threads.
std::shared_ptr<const grpc::AuthContext> ShownByGrpc(
    const crypto::IssuedSvid& caller, const crypto::IssuedSvid& server,
    const std::string& bundle_pem);

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_AUTHORIZE_PEER_H_
