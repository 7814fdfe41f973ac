// LiveIdentity: the identity that this server shows and the trust domains that
// it believes, while both change.
//
// Whoever has checked a new one (ValidateIdentity) swaps it in. Calls and
// handshakes are decided by the new bundles at once; what handshakes show, and
// the roots that gRPC verifies by, follow within kIdentityRefresh, because gRPC
// reads them from files (credentials.h). The files are in memory: a key does
// not touch a disk on our side. Open connections go on; on_change is the place
// to look at them.

#ifndef PANVAULT_SERVER_LIVE_IDENTITY_H_
#define PANVAULT_SERVER_LIVE_IDENTITY_H_

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/identity_material.h"
#include "server/memory_file.h"
#include "server/svid_verifier.h"

namespace panvault::server {

// How often gRPC reads the files; it takes no less.
inline constexpr absl::Duration kIdentityRefresh = absl::Seconds(1);

// What may be told about an identity.
struct IdentityFacts {
  std::string spiffe_id;
  std::string serial;
  absl::Time not_after;
  size_t anchor_count = 0;
};

// Thread-safe.
class LiveIdentity final {
 public:
  // Has no identity yet: every handshake fails. `on_change` is called after
  // each Swap and Withdraw, on their thread, with nothing held; may be empty.
  // kResourceExhausted without descriptors or memory for the files,
  // kFailedPrecondition without /proc.
  static absl::StatusOr<std::unique_ptr<LiveIdentity>> Create(
      std::function<void()> on_change);

  // From now on `tls` is who we are and whom we believe. On failure, as that of
  // Create, nothing has changed.
  absl::Status Swap(ServerTls tls);

  // There is no identity from now on: no handshake completes until the next
  // Swap. Whom we believe does not change, for calls on open connections.
  void Withdraw();

  // Of the identity in force; absent if there is none.
  std::optional<IdentityFacts> facts() const;

  // By the bundles in force.
  SvidVerifier& svids() { return svids_; }

  // What gRPC reads: the key and then the chain, in one file so that they never
  // are of two identities; and the roots. Files of no PEM at all while there is
  // no identity.
  std::string identity_path() const { return identity_path_; }
  std::string roots_path() const { return roots_path_; }

  // Whether the key in force is in locked memory.
  bool key_locked() const;

 private:
  LiveIdentity(MemoryFile identity, MemoryFile roots,
               std::function<void()> on_change);

  const std::function<void()> on_change_;
  const std::string identity_path_;
  const std::string roots_path_;
  SvidVerifier svids_;

  // Guards all below.
  mutable std::mutex mutex_;
  MemoryFile identity_;
  MemoryFile roots_;
  std::optional<IdentityFacts> facts_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_LIVE_IDENTITY_H_
