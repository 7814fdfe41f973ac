// VaultServer: the services of panvault.v1 on one address with mutual TLS.
//
// Serves what it is given; where keys, policy and certificates come from is
// serve.h's business.

#ifndef PANVAULT_SERVER_VAULT_SERVER_H_
#define PANVAULT_SERVER_VAULT_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/security/server_credentials.h"
#include "server/acceptor.h"
#include "server/access_policy.h"
#include "server/connections.h"
#include "server/handshake_guard.h"
#include "server/json_log.h"
#include "server/memory_watch.h"
#include "server/metrics.h"
#include "server/svid_verifier.h"
#include "vault/keyset_cache.h"

namespace panvault::server {

struct VaultServerOptions {
  std::string listen;  // "ip:port"; port 0 takes any free one.
  Connections::Limits connections = {};
  Acceptor::Limits handshakes = {};
  std::shared_ptr<grpc::ServerCredentials> credentials;
  // See TestOwnTls. Off only where there is no identity yet.
  bool test_tls = true;
  uint64_t memory_bytes = kMemoryBytes;  // See memory_watch.h.
  size_t batch_threads = 1;
  size_t batch_queue = 64;
  // Served beside the vault's own, without authorization. For benchmarks.
  absl::Span<grpc::Service* const> extra_services = {};
};

// Thread-safe.
class VaultServer final {
 public:
  // What the services use; borrowed, and outlives the server.
  struct Parts {
    HandshakeGuard& guard;
    SvidVerifier& svids;
    const AccessPolicyHolder& access;
    vault::KeysetCache& keysets;
    JsonLog& log;
    Metrics& metrics;
  };

  // kUnavailable, with the address, if it cannot be listened on; the errors of
  // TestOwnTls.
  static absl::StatusOr<std::unique_ptr<VaultServer>> Start(
      const VaultServerOptions& options, const Parts& parts);

  // As Stop(0).
  ~VaultServer();

  // Takes no new calls; waits for those under way, and cancels what is left
  // after `drain`. Returns when the last one has ended.
  void Stop(absl::Duration drain);

  // Parts have changed: connections that they no longer allow are closed within
  // a second.
  void TrustChanged();

  const Connections& connections() const;

  // Batches that wait for a thread.
  size_t batches_waiting() const;

  // Where it listens; names the port that port 0 got.
  const std::string& address() const;

 private:
  struct Impl;
  explicit VaultServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_VAULT_SERVER_H_
