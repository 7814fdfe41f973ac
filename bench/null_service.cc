#include "bench/null_service.h"

namespace panvault::bench {
namespace {

grpc::ServerUnaryReactor* FinishOk(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace

NullService::NullService() {
  SetMessageAllocatorFor_Tokenize(&tokenize_);
  SetMessageAllocatorFor_BatchTokenize(&batch_tokenize_);
  SetMessageAllocatorFor_BulkTokenize(&bulk_tokenize_);
}

grpc::ServerUnaryReactor* NullService::Tokenize(
    grpc::CallbackServerContext* context,
    const panvault::v1::TokenizeRequest* request,
    panvault::v1::TokenizeResponse* response) {
  response->set_token(request->pan());
  return FinishOk(context);
}

grpc::ServerUnaryReactor* NullService::BatchTokenize(
    grpc::CallbackServerContext* context,
    const panvault::v1::BatchTokenizeRequest* request,
    panvault::v1::BatchTokenizeResponse* response) {
  response->mutable_results()->Reserve(request->items_size());
  for (const auto& item : request->items()) {
    auto* const result = response->add_results();
    result->set_reference(item.reference());
    result->mutable_tokenized()->set_token(item.pan());
  }
  return FinishOk(context);
}

grpc::ServerUnaryReactor* NullService::BulkTokenize(
    grpc::CallbackServerContext* context,
    const panvault::v1::BulkTokenizeRequest* request,
    panvault::v1::BulkTokenizeResponse* response) {
  *response->mutable_columns() = request->columns();
  return FinishOk(context);
}

}  // namespace panvault::bench
