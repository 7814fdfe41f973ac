#include "client/error.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "grpcpp/support/status.h"
#include "panvault/v1/error.pb.h"
#include "panvault/v1/token_vault.pb.h"

namespace panvault::client {
namespace {

// The payload under which an absl::Status carries its serialized ErrorDetail.
constexpr absl::string_view kDetailUrl =
    "type.googleapis.com/panvault.v1.ErrorDetail";
constexpr absl::string_view kHandshake = "HANDSHAKE";

std::string ReasonName(v1::ErrorReason reason) {
  if (reason == v1::ERROR_REASON_UNSPECIFIED) return "";
  const std::string& name = v1::ErrorReason_Name(reason);
  if (name.empty()) return absl::StrCat("REASON_", static_cast<int>(reason));
  return std::string(absl::StripPrefix(name, "ERROR_REASON_"));
}

absl::Status MakeStatus(absl::StatusCode code, const v1::ErrorDetail& detail,
                        absl::string_view message) {
  const std::string reason = ReasonName(detail.reason());
  absl::Status status(code, reason.empty()
                                ? std::string(message)
                                : absl::StrCat(reason, ": ", message));
  status.SetPayload(kDetailUrl, absl::Cord(detail.SerializeAsString()));
  return status;
}

// gRPC has no code for this; its messages are pinned by tests/client/tls_test.
bool IsHandshakeFailure(const grpc::Status& rpc) {
  return rpc.error_code() == grpc::StatusCode::UNAVAILABLE &&
         (absl::StrContains(rpc.error_message(), "andshake failed") ||
          absl::StrContains(rpc.error_message(),
                            "ustom verification check failed"));
}

// What a batch item's message would have been; items carry no text.
std::string ItemMessage(const v1::ErrorDetail& detail) {
  if (detail.limit().empty()) return detail.field();
  if (detail.field().empty()) return detail.limit();
  return absl::StrCat(detail.field(), ": ", detail.limit());
}

}  // namespace

absl::Status StatusFromRpc(const grpc::Status& rpc) {
  if (rpc.ok()) return absl::OkStatus();
  if (IsHandshakeFailure(rpc)) {
    return absl::UnauthenticatedError(
        absl::StrCat(kHandshake, ": ", rpc.error_message()));
  }
  // gRPC's codes and absl's are the same numbers.
  const auto code = static_cast<absl::StatusCode>(rpc.error_code());
  v1::RpcStatus details;
  v1::ErrorDetail detail;
  if (details.ParseFromString(rpc.error_details())) {
    for (const auto& any : details.details()) {
      if (any.Is<v1::ErrorDetail>() && any.UnpackTo(&detail)) break;
    }
  }
  return MakeStatus(code, detail, rpc.error_message());
}

absl::Status StatusFromItem(const v1::ItemError& item) {
  auto code = static_cast<absl::StatusCode>(item.code());
  if (code == absl::StatusCode::kOk) code = absl::StatusCode::kInternal;
  return MakeStatus(code, item.detail(), ItemMessage(item.detail()));
}

CallError CallErrorOf(const absl::Status& status) {
  CallError error;
  error.code = status.code();
  absl::string_view message = status.message();
  v1::ErrorDetail detail;
  const absl::optional<absl::Cord> payload = status.GetPayload(kDetailUrl);
  if (payload.has_value() && detail.ParseFromString(std::string(*payload))) {
    error.reason = ReasonName(detail.reason());
    error.field = detail.field();
    error.limit = detail.limit();
  } else if (status.code() == absl::StatusCode::kUnauthenticated &&
             absl::StartsWith(message, absl::StrCat(kHandshake, ": "))) {
    error.reason = std::string(kHandshake);
  }
  if (!error.reason.empty()) {
    message = absl::StripPrefix(message, absl::StrCat(error.reason, ": "));
  }
  error.message = std::string(message);
  return error;
}

}  // namespace panvault::client
