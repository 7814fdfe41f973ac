// The C++ client of panvault: one method per RPC, over mutual TLS, with
// deadlines and safe retries.
//
//   auto client = Client::Create({.channel = {.target = "vault:8443", ...}});
//   auto token = (*client)->Tokenize("cards", {.pan = "4111111111111111"});
//
// Errors carry the server's code and reason; client/error.h takes them apart.
// Every method also ends with kUnavailable (no connection, after retries),
// kDeadlineExceeded, kUnauthenticated (also a failed handshake) or
// kPermissionDenied.

#ifndef PANVAULT_CLIENT_CLIENT_H_
#define PANVAULT_CLIENT_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/channel.h"
#include "client/model.h"
#include "client/retry.h"

namespace panvault::client {

struct ClientOptions {
  ChannelOptions channel = {};
  // Of one call with its retries. Must be positive.
  absl::Duration timeout = absl::Seconds(10);
  RetryPolicy retry = {};
};

// Thread-safe: calls may run side by side and share one connection.
class Client final {
 public:
  // Errors: as OpenChannel; kInvalidArgument for a timeout of zero or less.
  static absl::StatusOr<std::unique_ptr<Client>> Create(
      const ClientOptions& options);
  ~Client();

  // The data plane. All of it is idempotent and retried. Batches answer with
  // one result per item, in order; an item's error does not fail the others.
  absl::StatusOr<Tokenized> Tokenize(absl::string_view profile,
                                     const PanItem& item) const;
  // Returns the PAN, with '*' for what is not revealed. Wipe it after use.
  absl::StatusOr<std::string> Detokenize(absl::string_view profile,
                                         Reveal reveal,
                                         const TokenItem& item) const;
  absl::StatusOr<std::vector<absl::StatusOr<Tokenized>>> BatchTokenize(
      absl::string_view profile, absl::Span<const PanItem> items) const;
  absl::StatusOr<std::vector<absl::StatusOr<std::string>>> BatchDetokenize(
      absl::string_view profile, Reveal reveal,
      absl::Span<const TokenItem> items) const;

  // The compact form for throughput.
  struct BulkCall {
    absl::string_view profile = {};
    absl::string_view context = {};
    absl::Span<const DigitColumn> columns = {};
    uint32_t key_version = 0;  // Of BulkDetokenize.
  };
  absl::StatusOr<BulkResult> BulkTokenize(const BulkCall& call) const;
  absl::StatusOr<BulkResult> BulkDetokenize(const BulkCall& call) const;

  absl::StatusOr<TokenPlausibility> ValidateToken(
      absl::string_view profile, absl::string_view token) const;

  // Sent once: after kUnavailable or kDeadlineExceeded the profile may exist,
  // so look before you try again. name, scheme, kept, allow_floor are sent.
  absl::StatusOr<Profile> CreateTokenProfile(const Profile& profile) const;

  // Reads, retried.
  absl::StatusOr<Profile> GetTokenProfile(absl::string_view name) const;
  absl::StatusOr<std::vector<Profile>> ListTokenProfiles() const;
  absl::StatusOr<std::vector<KeyVersion>> ListKeyVersions(
      absl::string_view profile) const;

  // The open connections of the server that answers, which is one of several
  // replicas; a moment's view. One call for every 1,000 of them, each with the
  // whole timeout.
  absl::StatusOr<std::vector<Connection>> ListConnections() const;

 private:
  struct Impl;
  explicit Client(std::unique_ptr<const Impl> impl);

  const std::unique_ptr<const Impl> impl_;
};

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_CLIENT_H_
