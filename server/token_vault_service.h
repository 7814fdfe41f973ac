// The data plane over gRPC: panvault.v1.TokenVaultService.
//
// Translates only: call.h admits and records, single_calls.h, batch_calls.h and
// bulk_calls.h answer. Batches never run on a gRPC thread.

#ifndef PANVAULT_SERVER_TOKEN_VAULT_SERVICE_H_
#define PANVAULT_SERVER_TOKEN_VAULT_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "panvault/v1/token_vault.grpc.pb.h"
#include "server/call.h"
#include "server/message_pool.h"

namespace panvault::server {

// Thread-safe. `environment`, borrowed, outlives the service, and the service
// outlives the gRPC server.
class TokenVaultService final : public v1::TokenVaultService::CallbackService {
 public:
  explicit TokenVaultService(const CallEnvironment& environment);

  grpc::ServerUnaryReactor* Tokenize(grpc::CallbackServerContext* context,
                                     const v1::TokenizeRequest* request,
                                     v1::TokenizeResponse* response) override;
  grpc::ServerUnaryReactor* Detokenize(
      grpc::CallbackServerContext* context,
      const v1::DetokenizeRequest* request,
      v1::DetokenizeResponse* response) override;
  grpc::ServerUnaryReactor* BatchTokenize(
      grpc::CallbackServerContext* context,
      const v1::BatchTokenizeRequest* request,
      v1::BatchTokenizeResponse* response) override;
  grpc::ServerUnaryReactor* BatchDetokenize(
      grpc::CallbackServerContext* context,
      const v1::BatchDetokenizeRequest* request,
      v1::BatchDetokenizeResponse* response) override;
  grpc::ServerUnaryReactor* BulkTokenize(
      grpc::CallbackServerContext* context,
      const v1::BulkTokenizeRequest* request,
      v1::BulkTokenizeResponse* response) override;
  grpc::ServerUnaryReactor* BulkDetokenize(
      grpc::CallbackServerContext* context,
      const v1::BulkDetokenizeRequest* request,
      v1::BulkDetokenizeResponse* response) override;
  grpc::ServerUnaryReactor* ValidateToken(
      grpc::CallbackServerContext* context,
      const v1::ValidateTokenRequest* request,
      v1::ValidateTokenResponse* response) override;

 private:
  // One pool per RPC.
  struct Pools {
    MessagePool<v1::TokenizeRequest, v1::TokenizeResponse> tokenize;
    MessagePool<v1::DetokenizeRequest, v1::DetokenizeResponse> detokenize;
    MessagePool<v1::BatchTokenizeRequest, v1::BatchTokenizeResponse>
        batch_tokenize;
    MessagePool<v1::BatchDetokenizeRequest, v1::BatchDetokenizeResponse>
        batch_detokenize;
    MessagePool<v1::BulkTokenizeRequest, v1::BulkTokenizeResponse>
        bulk_tokenize;
    MessagePool<v1::BulkDetokenizeRequest, v1::BulkDetokenizeResponse>
        bulk_detokenize;
    MessagePool<v1::ValidateTokenRequest, v1::ValidateTokenResponse>
        validate_token;
    Pools();
  };

  const CallEnvironment& environment_;
  Pools pools_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_TOKEN_VAULT_SERVICE_H_
