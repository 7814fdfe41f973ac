#include "server/stray_calls.h"

#include <string>

#include "absl/time/clock.h"
#include "server/call_guard.h"
#include "server/peer_identity.h"
#include "server/rpc_table.h"
#include "server/status.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

namespace experimental = grpc::experimental;
using experimental::InterceptionHookPoints;

absl::Status WhyStray(bool method_known) {
  return method_known
             ? vault::MakeError({.reason = vault::Reason::kRequestUnreadable},
                                "the bytes are no message of this method")
             : vault::MakeError({.reason = vault::Reason::kMethodUnknown},
                                "panvault has no method of this name");
}

// Decides and records it; returns what its caller is told.
grpc::Status End(const CallEnvironment& environment,
                 grpc::ServerContextBase& context, absl::string_view path) {
  const absl::Time now = absl::Now();
  const std::string peer = context.peer();
  const auto policy = environment.access.Get();
  Admission admission;
  CallRecord record;
  record.rpc = RpcAt(path);
  absl::Status status = AdmitCaller(
      IdentifyCaller(environment, context, peer, now), *policy, admission);
  if (status.ok()) status = WhyStray(record.rpc.has_value());
  WriteCaller(admission, record);
  record.peer = peer;
  record.duration = absl::Now() - now;
  environment.metrics.CountError(vault::FactsOf(status).reason);
  if (record.rpc.has_value()) {
    environment.metrics.CountCall(*record.rpc, {.code = AnsweredCode(status),
                                                .duration = record.duration});
  }
  // It is refused whether or not there is a record of it.
  WriteCall(record, status, environment.log).IgnoreError();
  return ToGrpcStatus(status);
}

class StrayCall final : public experimental::Interceptor {
 public:
  StrayCall(const CallEnvironment& environment,
            experimental::ServerRpcInfo& info)
      : environment_(environment), info_(info) {}

  void Intercept(experimental::InterceptorBatchMethods* methods) override {
    // No handler of ours ends a call with this code.
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS) &&
        methods->GetSendStatus().error_code() ==
            grpc::StatusCode::UNIMPLEMENTED) {
      methods->ModifySendStatus(
          End(environment_, *info_.server_context(), info_.method()));
    }
    methods->Proceed();
  }

 private:
  const CallEnvironment& environment_;
  experimental::ServerRpcInfo& info_;
};

}  // namespace

experimental::Interceptor* StrayCalls::CreateServerInterceptor(
    experimental::ServerRpcInfo* info) {
  const auto shown = CertificatesOf(*info->server_context());
  if (shown.ok()) streams_.BecameCall(shown->leaf_pem);
  return new StrayCall(environment_, *info);
}

}  // namespace panvault::server
