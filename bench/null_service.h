// NullService: echoes each PAN as its token, on gRPC's callback threads.
//
// For benchmarks only: it gives whoever may connect nothing but their own input
// back, yet it asks for no grant. Messages are allocated as gRPC does by
// default; a server that pools them may be cheaper there, which shows in large
// batches.

#ifndef PANVAULT_BENCH_NULL_SERVICE_H_
#define PANVAULT_BENCH_NULL_SERVICE_H_

#include "bench/null.grpc.pb.h"

namespace panvault::bench {

// Thread-safe.
class NullService final : public v1::NullService::CallbackService {
 public:
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
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_NULL_SERVICE_H_
