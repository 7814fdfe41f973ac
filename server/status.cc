#include "server/status.h"

#include <string>

#include "vault/errors.h"

namespace panvault::server {
namespace {

// What a caller is told.
struct Answer {
  absl::StatusCode code;
  vault::ErrorFacts facts;
  std::string message;
};

Answer AnswerFor(const absl::Status& status) {
  Answer answer{status.code(), vault::FactsOf(status),
                std::string(status.message())};
  // The text of a status that is not MakeError's may come from anywhere.
  if (answer.facts.reason == vault::Reason::kInternal) {
    answer.code = absl::StatusCode::kInternal;
    answer.message = "internal error";
  }
  return answer;
}

void WriteDetail(const vault::ErrorFacts& facts, v1::ErrorDetail& detail) {
  // Reason and ErrorReason share their numbers.
  detail.set_reason(static_cast<v1::ErrorReason>(facts.reason));
  detail.set_field(facts.field);
  detail.set_limit(facts.limit);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  if (absl::IsCancelled(status)) return grpc::Status::CANCELLED;
  if (absl::IsDeadlineExceeded(status)) {
    return {grpc::StatusCode::DEADLINE_EXCEEDED, "the deadline has passed"};
  }
  const Answer answer = AnswerFor(status);
  v1::ErrorDetail detail;
  WriteDetail(answer.facts, detail);
  v1::RpcStatus rpc;
  rpc.set_code(static_cast<int>(answer.code));
  rpc.set_message(answer.message);
  rpc.add_details()->PackFrom(detail);
  return {static_cast<grpc::StatusCode>(answer.code), answer.message,
          rpc.SerializeAsString()};
}

absl::StatusCode AnsweredCode(const absl::Status& status) {
  if (status.ok() || absl::IsCancelled(status) ||
      absl::IsDeadlineExceeded(status)) {
    return status.code();
  }
  return AnswerFor(status).code;
}

void WriteItemError(const absl::Status& status, v1::ItemError& error) {
  const Answer answer = AnswerFor(status);
  error.set_code(static_cast<int>(answer.code));
  WriteDetail(answer.facts, *error.mutable_detail());
}

}  // namespace panvault::server
