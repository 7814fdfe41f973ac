#include "server/rpc_table.h"

namespace panvault::server {
namespace {

constexpr std::array<RpcRow, kRpcCount> kTable = {{
    {Rpc::kTokenize, "Tokenize", "/panvault.v1.TokenVaultService/Tokenize",
     RpcScope::kOneProfile, false},
    {Rpc::kDetokenize, "Detokenize",
     "/panvault.v1.TokenVaultService/Detokenize", RpcScope::kOneProfile, true},
    {Rpc::kBatchTokenize, "BatchTokenize",
     "/panvault.v1.TokenVaultService/BatchTokenize", RpcScope::kOneProfile,
     false},
    {Rpc::kBatchDetokenize, "BatchDetokenize",
     "/panvault.v1.TokenVaultService/BatchDetokenize", RpcScope::kOneProfile,
     true},
    {Rpc::kBulkTokenize, "BulkTokenize",
     "/panvault.v1.TokenVaultService/BulkTokenize", RpcScope::kOneProfile,
     false},
    {Rpc::kBulkDetokenize, "BulkDetokenize",
     "/panvault.v1.TokenVaultService/BulkDetokenize", RpcScope::kOneProfile,
     true},
    {Rpc::kValidateToken, "ValidateToken",
     "/panvault.v1.TokenVaultService/ValidateToken", RpcScope::kOneProfile,
     false},
    {Rpc::kCreateTokenProfile, "CreateTokenProfile",
     "/panvault.v1.KeyAdminService/CreateTokenProfile", RpcScope::kOneProfile,
     false},
    {Rpc::kGetTokenProfile, "GetTokenProfile",
     "/panvault.v1.KeyAdminService/GetTokenProfile", RpcScope::kOneProfile,
     false},
    {Rpc::kListTokenProfiles, "ListTokenProfiles",
     "/panvault.v1.KeyAdminService/ListTokenProfiles",
     RpcScope::kGrantedProfiles, false},
    {Rpc::kListKeyVersions, "ListKeyVersions",
     "/panvault.v1.KeyAdminService/ListKeyVersions", RpcScope::kOneProfile,
     false},
    {Rpc::kListConnections, "ListConnections",
     "/panvault.v1.ServerAdminService/ListConnections", RpcScope::kServer,
     false},
}};

constexpr std::array<OpenRow, 3> kOpen = {{
    {OpenListener::kHealth, "/grpc.health.v1.Health/Check"},
    {OpenListener::kHealth, "/grpc.health.v1.Health/Watch"},
    {OpenListener::kMetrics, "/metrics"},
}};

constexpr bool IsInOrder() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].rpc) != i) return false;
  }
  return true;
}
static_assert(IsInOrder(), "RowOf looks rows up by their place");

}  // namespace

const std::array<RpcRow, kRpcCount>& RpcTable() { return kTable; }

const RpcRow& RowOf(Rpc rpc) { return kTable[static_cast<size_t>(rpc)]; }

const std::array<OpenRow, 3>& OpenTable() { return kOpen; }

std::optional<Rpc> RpcNamed(absl::string_view name) {
  for (const RpcRow& row : kTable) {
    if (row.name == name) return row.rpc;
  }
  return std::nullopt;
}

std::optional<Rpc> RpcAt(absl::string_view path) {
  for (const RpcRow& row : kTable) {
    if (row.path == path) return row.rpc;
  }
  return std::nullopt;
}

}  // namespace panvault::server
