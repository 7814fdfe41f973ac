// Errors of calls: gRPC status and panvault.v1.ErrorDetail become one
// absl::Status that can be read by people and by programs.
//
// The message reads "PAN_LUHN: a PAN passes the Luhn check". It never holds the
// value that was refused: the server does not send it.

#ifndef PANVAULT_CLIENT_ERROR_H_
#define PANVAULT_CLIENT_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace grpc {
class Status;
}
namespace panvault::v1 {
class ItemError;
}

namespace panvault::client {

// A failed call or batch item, taken apart.
struct CallError {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  // ErrorReason without its prefix, e.g. "PAN_LUHN"; "REASON_123" for one that
  // is newer than this client; "HANDSHAKE" if no connection came about because
  // one end refused the other's certificate; empty if unknown.
  std::string reason;
  // The request field that broke the rule; may be empty.
  std::string field;
  // The limit that was broken; may be empty.
  std::string limit;
  // The server's message, without the reason.
  std::string message;
};

// OK for OK. The result's code is that of the call, with one exception: a
// failed TLS handshake, which gRPC reports as UNAVAILABLE, becomes
// UNAUTHENTICATED, because trying again does not help.
absl::Status StatusFromRpc(const grpc::Status& rpc);

// The error of one batch item. Never OK: a code of 0 becomes INTERNAL.
absl::Status StatusFromItem(const v1::ItemError& item);

// Takes apart a status made by the two functions above; of any other status,
// code and message.
CallError CallErrorOf(const absl::Status& status);

}  // namespace panvault::client

#endif  // PANVAULT_CLIENT_ERROR_H_
