#include "bench/rpc_call.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "bench/error_counts.h"
#include "bench/null.grpc.pb.h"
#include "client/error.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "panvault/v1/token_vault.grpc.pb.h"

namespace panvault::bench {
namespace {

using panvault::v1::BatchTokenizeRequest;
using panvault::v1::BatchTokenizeResponse;
using panvault::v1::BulkTokenizeRequest;
using panvault::v1::BulkTokenizeResponse;
using panvault::v1::TokenizeRequest;
using panvault::v1::TokenizeResponse;

void Fill(size_t /*items*/, PanSource& /*pans*/, TokenizeRequest& /*request*/) {
  // Refresh() does it.
}

void Fill(size_t items, PanSource& pans, BatchTokenizeRequest& request) {
  for (size_t i = 0; i < items; ++i) {
    pans.Next(*request.add_items()->mutable_pan());
  }
}

void Fill(size_t items, PanSource& pans, BulkTokenizeRequest& request) {
  std::map<size_t, std::string> columns;
  std::string pan;
  for (size_t i = 0; i < items; ++i) {
    pans.Next(pan);
    columns[pan.size()] += pan;
  }
  for (auto& [width, digits] : columns) {
    auto* const column = request.add_columns();
    column->set_width(static_cast<uint32_t>(width));
    column->set_digits(std::move(digits));
  }
}

void Refresh(PanSource& pans, TokenizeRequest& request) {
  pans.Next(*request.mutable_pan());
}
template <typename Request>
void Refresh(PanSource& /*pans*/, Request& /*request*/) {}

void Count(const TokenizeResponse& response, Completion& completion) {
  completion.items = response.token().empty() ? 0 : 1;
}

void Count(const BatchTokenizeResponse& response, Completion& completion) {
  for (const auto& result : response.results()) {
    if (result.has_tokenized()) {
      ++completion.items;
    } else {
      ++completion.errors[ErrorLabel(client::StatusFromItem(result.error()))];
    }
  }
}

void Count(const BulkTokenizeResponse& response, Completion& completion) {
  size_t items = 0;
  for (const auto& column : response.columns()) {
    items += column.digits().size() / std::max(1U, column.width());
  }
  for (const auto& error : response.errors()) {
    ++completion.errors[ErrorLabel(client::StatusFromItem(error.error()))];
  }
  completion.items = items - std::min(items, ErrorTotal(completion.errors));
}

template <typename Stub, typename Request, typename Response>
class UnaryRpc final : public RpcCall {
 public:
  using Reader = grpc::ClientAsyncResponseReader<Response>;
  using Prepare = std::unique_ptr<Reader> (Stub::*)(grpc::ClientContext*,
                                                    const Request&,
                                                    grpc::CompletionQueue*);

  UnaryRpc(const CallSpec& spec, const std::shared_ptr<grpc::Channel>& channel,
           PanSource& pans, Prepare prepare)
      : stub_(channel), prepare_(prepare), items_(spec.items), pans_(pans) {
    request_.set_profile(spec.profile);
    Fill(items_, pans_, request_);
  }

  void Start(grpc::CompletionQueue* queue, gpr_timespec deadline,
             void* tag) override {
    Refresh(pans_, request_);
    context_.emplace();
    context_->set_deadline(deadline);
    reader_ = (stub_.*prepare_)(&*context_, request_, queue);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, tag);
  }

  void Finish(Completion& completion) override {
    // In this order: the reader lives in the memory of the context's call.
    reader_.reset();
    context_.reset();
    if (!status_.ok()) {
      ++completion.errors[ErrorLabel(client::StatusFromRpc(status_))];
      return;
    }
    Count(response_, completion);
    if (completion.items + ErrorTotal(completion.errors) != items_) {
      ++completion.errors["INCOMPLETE"];
    }
  }

  void Cancel() override {
    if (context_.has_value()) context_->TryCancel();
  }

 private:
  Stub stub_;
  const Prepare prepare_;
  const size_t items_;
  PanSource& pans_;
  Request request_;
  Response response_;
  grpc::Status status_;
  // Both only while the call is out.
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<Reader> reader_;
};

// Both services have methods of the same names.
template <typename Stub>
std::unique_ptr<RpcCall> NewFor(const CallSpec& spec,
                                const std::shared_ptr<grpc::Channel>& channel,
                                PanSource& pans) {
  switch (spec.method) {
    case Method::kTokenize:
      return std::make_unique<
          UnaryRpc<Stub, TokenizeRequest, TokenizeResponse>>(
          spec, channel, pans, &Stub::PrepareAsyncTokenize);
    case Method::kBatchTokenize:
      return std::make_unique<
          UnaryRpc<Stub, BatchTokenizeRequest, BatchTokenizeResponse>>(
          spec, channel, pans, &Stub::PrepareAsyncBatchTokenize);
    case Method::kBulkTokenize:
      return std::make_unique<
          UnaryRpc<Stub, BulkTokenizeRequest, BulkTokenizeResponse>>(
          spec, channel, pans, &Stub::PrepareAsyncBulkTokenize);
  }
  return nullptr;
}

}  // namespace

std::unique_ptr<RpcCall> NewRpcCall(
    const CallSpec& spec, const std::shared_ptr<grpc::Channel>& channel,
    PanSource& pans) {
  if (spec.service == Service::kNull) {
    return NewFor<v1::NullService::Stub>(spec, channel, pans);
  }
  return NewFor<panvault::v1::TokenVaultService::Stub>(spec, channel, pans);
}

}  // namespace panvault::bench
