// NullService: echoes each PAN as its token, on gRPC's callback threads.
//
// For benchmarks only: it gives whoever may connect nothing but their own input
// back, yet it asks for no grant.

#ifndef PANVAULT_BENCH_NULL_SERVICE_H_
#define PANVAULT_BENCH_NULL_SERVICE_H_

#include "bench/kept_messages.h"
#include "bench/null.grpc.pb.h"

namespace panvault::bench {

// Thread-safe. Outlives the gRPC server that it is registered with.
class NullService final : public v1::NullService::CallbackService {
 public:
  NullService();

  grpc::ServerUnaryReactor* Tokenize(
      grpc::CallbackServerContext* context,
      const panvault::v1::TokenizeRequest* request,
      panvault::v1::TokenizeResponse* response) override;
  grpc::ServerUnaryReactor* BatchTokenize(
      grpc::CallbackServerContext* context,
      const panvault::v1::BatchTokenizeRequest* request,
      panvault::v1::BatchTokenizeResponse* response) override;
  grpc::ServerUnaryReactor* BulkTokenize(
      grpc::CallbackServerContext* context,
      const panvault::v1::BulkTokenizeRequest* request,
      panvault::v1::BulkTokenizeResponse* response) override;

 private:
  KeptMessages<panvault::v1::TokenizeRequest, panvault::v1::TokenizeResponse>
      tokenize_;
  KeptMessages<panvault::v1::BatchTokenizeRequest,
               panvault::v1::BatchTokenizeResponse>
      batch_tokenize_;
  KeptMessages<panvault::v1::BulkTokenizeRequest,
               panvault::v1::BulkTokenizeResponse>
      bulk_tokenize_;
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_NULL_SERVICE_H_
