// A vault for tests of the server: real gRPC, real TLS with X509-SVIDs, the
// real services; only the store and the key-encryption key are in memory, so
// that a test can break them.

#ifndef PANVAULT_TESTS_SERVER_TEST_VAULT_H_
#define PANVAULT_TESTS_SERVER_TEST_VAULT_H_

#include <stdio.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/status.h"
#include "nlohmann/json.hpp"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/key_admin.grpc.pb.h"
#include "panvault/v1/server_admin.grpc.pb.h"
#include "panvault/v1/token_vault.grpc.pb.h"
#include "server/access_policy.h"
#include "server/config.h"
#include "server/handshake_guard.h"
#include "server/json_log.h"
#include "server/live_identity.h"
#include "server/metrics.h"
#include "server/svid_verifier.h"
#include "server/vault_server.h"
#include "tests/client/test_authority.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/memory_keyset_store.h"
#include "vault/keyset_cache.h"

namespace panvault::server {

// Granted everything: on the profiles cards, cards-last4, cards-bin6, ghost and
// fresh, and about the server.
inline constexpr char kPaymentId[] =
    "spiffe://fake.test/ns/payments/sa/payment-api";
// Granted Detokenize and BatchDetokenize of cards with LAST4 only.
inline constexpr char kReceiptsId[] = "spiffe://fake.test/ns/shop/sa/receipts";
// Has a good certificate, and stands on no list.
inline constexpr char kStrangerId[] =
    "spiffe://fake.test/ns/default/sa/stranger";

// The server's own.
inline constexpr char kVaultId[] =
    "spiffe://fake.test/ns/panvault/sa/panvaultd";

inline constexpr char kPan[] = "4111111111111111";

struct TestVaultOptions {
  size_t batch_threads = 2;
  size_t batch_queue = 64;
  absl::Duration max_staleness = absl::Hours(1);
  // Whether the keys are loaded before the test begins.
  bool ready = true;
  // See HandshakeGuard.
  bool answer_unknown_callers = true;
  // CAs, PEM, that speak for fake.test beside authority().
  std::string more_roots_pem = {};
  Connections::Limits connections = {};
  // No ration: tests come from one address, and in a hurry.
  Acceptor::Limits handshakes = {1e9, 1e9, 1e9, 1e9};
  // Whether the server has an identity from the beginning: that of its files.
  bool with_identity = true;
  // Where the log goes; -1: a file that Log reads.
  int log_fd = -1;
};

class TestVault final {
 public:
  // Has the profiles cards (kept NONE), cards-last4 and cards-bin6 (floor
  // allowed), one key version each.
  explicit TestVault(const TestVaultOptions& options = {});
  ~TestVault();

  // As the workload `spiffe_id`; a connection of its own each time. Writes
  // files: not from two threads at once.
  std::shared_ptr<grpc::Channel> ChannelAs(
      const std::string& spiffe_id, absl::Duration life = absl::Hours(1)) const;
  std::unique_ptr<v1::TokenVaultService::Stub> VaultAs(
      const std::string& spiffe_id) const {
    return v1::TokenVaultService::NewStub(ChannelAs(spiffe_id));
  }
  std::unique_ptr<v1::KeyAdminService::Stub> AdminAs(
      const std::string& spiffe_id) const {
    return v1::KeyAdminService::NewStub(ChannelAs(spiffe_id));
  }
  std::unique_ptr<v1::ServerAdminService::Stub> ServerAdminAs(
      const std::string& spiffe_id) const {
    return v1::ServerAdminService::NewStub(ChannelAs(spiffe_id));
  }

  // Puts a keyset into the store, and into memory.
  void Add(const testing::KeysetSpec& spec);

  testing::MemoryKeysetStore& store() { return store_; }
  const testing::MemoryKek& kek() const { return kek_; }
  vault::KeysetCache& keysets() { return keysets_; }
  VaultServer& server() { return *server_; }
  const VaultServer& server() const { return *server_; }
  LiveIdentity& identity() { return *identity_; }
  SvidVerifier& svids() { return identity_->svids(); }
  AccessPolicyHolder& access() { return *access_; }
  const client::TestAuthority& authority() const { return authority_; }
  const client::TempDir& folder() const { return folder_; }
  // Where the server's identity was read from, and the list of callers could
  // have been.
  const TlsFiles& server_files() const { return files_; }
  std::string access_file() const { return folder_ / "access.yaml"; }
  JsonLog& log() { return log_; }
  Metrics& metrics() { return metrics_; }

  // Everything logged so far, and its lines of event "call".
  std::string Log() const;
  std::vector<nlohmann::json> CallLines() const;

 private:
  client::TempDir folder_;
  client::TestAuthority authority_;
  testing::MemoryKek kek_;
  testing::MemoryKeysetStore store_;
  vault::KeysetCache keysets_;
  FILE* log_file_;
  JsonLog log_;
  Metrics metrics_;
  std::unique_ptr<AccessPolicyHolder> access_;
  TlsFiles files_;
  std::unique_ptr<LiveIdentity> identity_;
  std::unique_ptr<HandshakeGuard> guard_;
  std::unique_ptr<VaultServer> server_;
};

// The reason in a failed call's details; UNSPECIFIED if there is none.
v1::ErrorReason ReasonOf(const grpc::Status& status);
v1::ErrorDetail DetailOf(const grpc::Status& status);

// One call with a deadline that a busy machine keeps.
template <typename Stub, typename Request, typename Response>
grpc::Status CallOf(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                 const Request&, Response*),
                    const Request& request, Response& response) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  return (stub.*method)(&context, request, &response);
}

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_TEST_VAULT_H_
