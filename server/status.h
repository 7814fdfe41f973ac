// The one place where an absl::Status becomes what a caller sees: a gRPC status
// with the details of proto/panvault/v1/error.proto, or a batch item's error.
//
// Nothing but words of ours leaves: a status that vault::MakeError did not make
// is a defect, and is reported as INTERNAL without its text.

#ifndef PANVAULT_SERVER_STATUS_H_
#define PANVAULT_SERVER_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::server {

// OK for OK; CANCELLED and DEADLINE_EXCEEDED, which gRPC itself produces, stay
// what they are. Thread-safe, as all here.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The code of ToGrpcStatus(status): the one for the record of the call.
absl::StatusCode AnsweredCode(const absl::Status& status);

// `status` is not OK.
void WriteItemError(const absl::Status& status, v1::ItemError& error);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_STATUS_H_
