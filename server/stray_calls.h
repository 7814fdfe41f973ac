// StrayCalls: calls that gRPC ends by itself before any handler, since no
// method has that name or the message does not parse.
//
// They are calls all the same: whose they are is decided as for the others
// (call_guard.h, steps 1 and 2), so that a stranger learns nothing by them, and
// each is recorded (PCI DSS 10.2.1, 10.2.1.4).
//
// Does not see what gRPC refuses before there is a whole message: one that is
// too long, compressed, or cut off by a reset. Of those the record of their
// connection tells.

#ifndef PANVAULT_SERVER_STRAY_CALLS_H_
#define PANVAULT_SERVER_STRAY_CALLS_H_

#include "grpcpp/support/server_interceptor.h"
#include "server/call.h"
#include "server/stream_watch.h"

namespace panvault::server {

// Thread-safe.
class StrayCalls final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Both are borrowed. `streams` is told of every call, stray or not.
  StrayCalls(const CallEnvironment& environment, StreamWatch& streams)
      : environment_(environment), streams_(streams) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  const CallEnvironment& environment_;
  StreamWatch& streams_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_STRAY_CALLS_H_
