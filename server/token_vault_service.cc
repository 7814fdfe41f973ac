#include "server/token_vault_service.h"

#include <optional>
#include <utility>

#include "server/batch_calls.h"
#include "server/bulk_calls.h"
#include "server/single_calls.h"

namespace panvault::server {
namespace {

// As many unary calls as may be under way on a few connections.
constexpr MessagePoolOptions kUnaryPool{.pairs_max = 256,
                                        .pair_bytes_max = 16 << 10};
// Full batches with contexts and references use some 6 MiB.
constexpr MessagePoolOptions kBatchPool{.pairs_max = 8,
                                        .pair_bytes_max = 16 << 20};

}  // namespace

TokenVaultService::Pools::Pools()
    : tokenize(kUnaryPool),
      detokenize(kUnaryPool),
      batch_tokenize(kBatchPool),
      batch_detokenize(kBatchPool),
      bulk_tokenize(kBatchPool),
      bulk_detokenize(kBatchPool),
      validate_token(kUnaryPool) {}

TokenVaultService::TokenVaultService(const CallEnvironment& environment)
    : environment_(environment) {
  SetMessageAllocatorFor_Tokenize(&pools_.tokenize);
  SetMessageAllocatorFor_Detokenize(&pools_.detokenize);
  SetMessageAllocatorFor_BatchTokenize(&pools_.batch_tokenize);
  SetMessageAllocatorFor_BatchDetokenize(&pools_.batch_detokenize);
  SetMessageAllocatorFor_BulkTokenize(&pools_.bulk_tokenize);
  SetMessageAllocatorFor_BulkDetokenize(&pools_.bulk_detokenize);
  SetMessageAllocatorFor_ValidateToken(&pools_.validate_token);
}

grpc::ServerUnaryReactor* TokenVaultService::Tokenize(
    grpc::CallbackServerContext* context, const v1::TokenizeRequest* request,
    v1::TokenizeResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kTokenize, request->profile(), std::nullopt}, Where::kHere,
      [request, response](const vault::Keyset& keyset, ItemCounts& /*counts*/) {
        return AnswerTokenize(keyset, *request, *response);
      });
}

grpc::ServerUnaryReactor* TokenVaultService::Detokenize(
    grpc::CallbackServerContext* context, const v1::DetokenizeRequest* request,
    v1::DetokenizeResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kDetokenize, request->profile(), RevealOf(request->reveal())},
      Where::kHere,
      [request, response](const vault::Keyset& keyset, ItemCounts& /*counts*/) {
        return AnswerDetokenize(keyset, *request, *response);
      });
}

grpc::ServerUnaryReactor* TokenVaultService::ValidateToken(
    grpc::CallbackServerContext* context,
    const v1::ValidateTokenRequest* request,
    v1::ValidateTokenResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kValidateToken, request->profile(), std::nullopt}, Where::kHere,
      [request, response](const vault::Keyset& keyset, ItemCounts& /*counts*/) {
        return AnswerValidateToken(keyset, *request, *response);
      });
}

grpc::ServerUnaryReactor* TokenVaultService::BatchTokenize(
    grpc::CallbackServerContext* context,
    const v1::BatchTokenizeRequest* request,
    v1::BatchTokenizeResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kBatchTokenize, request->profile(), std::nullopt}, Where::kWorker,
      [request, response](const vault::Keyset& keyset, ItemCounts& counts) {
        return AnswerBatchTokenize(keyset, *request, *response, counts);
      });
}

grpc::ServerUnaryReactor* TokenVaultService::BatchDetokenize(
    grpc::CallbackServerContext* context,
    const v1::BatchDetokenizeRequest* request,
    v1::BatchDetokenizeResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kBatchDetokenize, request->profile(), RevealOf(request->reveal())},
      Where::kWorker,
      [request, response](const vault::Keyset& keyset, ItemCounts& counts) {
        return AnswerBatchDetokenize(keyset, *request, *response, counts);
      });
}

grpc::ServerUnaryReactor* TokenVaultService::BulkTokenize(
    grpc::CallbackServerContext* context,
    const v1::BulkTokenizeRequest* request,
    v1::BulkTokenizeResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kBulkTokenize, request->profile(), std::nullopt}, Where::kWorker,
      [request, response](const vault::Keyset& keyset, ItemCounts& counts) {
        return AnswerBulkTokenize(keyset, *request, *response, counts);
      });
}

grpc::ServerUnaryReactor* TokenVaultService::BulkDetokenize(
    grpc::CallbackServerContext* context,
    const v1::BulkDetokenizeRequest* request,
    v1::BulkDetokenizeResponse* response) {
  return ServeFromKeyset(
      environment_, *context,
      {Rpc::kBulkDetokenize, request->profile(), vault::Reveal::kFull},
      Where::kWorker,
      [request, response](const vault::Keyset& keyset, ItemCounts& counts) {
        return AnswerBulkDetokenize(keyset, *request, *response, counts);
      });
}

}  // namespace panvault::server
