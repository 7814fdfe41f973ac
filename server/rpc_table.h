// What there is to be authorised: one row per RPC.
//
// An RPC without a row fails a test, and cannot be served: every handler names
// its row.

#ifndef PANVAULT_SERVER_RPC_TABLE_H_
#define PANVAULT_SERVER_RPC_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace panvault::server {

enum class Rpc : uint8_t {
  kTokenize,
  kDetokenize,
  kBatchTokenize,
  kBatchDetokenize,
  kBulkTokenize,
  kBulkDetokenize,
  kValidateToken,
  kCreateTokenProfile,
  kGetTokenProfile,
  kListTokenProfiles,
  kListKeyVersions,
  kListConnections,
};

inline constexpr size_t kRpcCount = 12;

// What a request is about, and so what a grant for it names.
enum class RpcScope : uint8_t {
  // One profile, which the request names: for that the method must be granted.
  kOneProfile,
  // Whatever the caller is granted: a grant for any profile will do, and the
  // answer is limited to those.
  kGrantedProfiles,
  // The server: the grant names no profile.
  kServer,
};

struct RpcRow {
  Rpc rpc;
  // As in access.yaml and the log: "Tokenize".
  absl::string_view name;
  // "/panvault.v1.TokenVaultService/Tokenize".
  absl::string_view path;
  RpcScope scope;
  // The answer shows PANs: the grant must cover the reveal level.
  bool needs_reveal;
};

// In the order of Rpc. Thread-safe, as all here.
const std::array<RpcRow, kRpcCount>& RpcTable();
const RpcRow& RowOf(Rpc rpc);
std::optional<Rpc> RpcNamed(absl::string_view name);
std::optional<Rpc> RpcAt(absl::string_view path);

// What is answered to whoever comes, without an identity: each on a listener of
// its own, which has none of the RPCs above, as the RPCs' has none of these.
enum class OpenListener : uint8_t {
  kHealth,   // health_listen: gRPC, loopback or a unix socket.
  kMetrics,  // metrics_listen: HTTP.
};
struct OpenRow {
  OpenListener listener;
  absl::string_view path;
};
const std::array<OpenRow, 3>& OpenTable();

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_RPC_TABLE_H_
