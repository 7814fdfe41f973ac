// An agent of the SPIFFE Workload API on a unix socket, for tests: real gRPC,
// and whatever misbehaviour a test asks for.

#ifndef PANVAULT_TESTS_SERVER_FAKE_WORKLOAD_API_H_
#define PANVAULT_TESTS_SERVER_FAKE_WORKLOAD_API_H_

#include <memory>
#include <mutex>
#include <string>

#include "grpcpp/server.h"
#include "spiffe/workload.grpc.pb.h"

namespace panvault::server {

// Thread-safe.
class FakeWorkloadApi final : private SpiffeWorkloadAPI::Service {
 public:
  // Listens at once; has nothing to say until Push.
  explicit FakeWorkloadApi(std::string socket);
  ~FakeWorkloadApi() override;

  const std::string& socket() const { return socket_; }

  // Every open stream gets `update`, and every new one begins with it.
  void Push(const X509SVIDResponse& update);
  // Open streams end so, and new ones, until the next Push.
  void RefuseWith(const grpc::Status& status);
  // Open streams end, OK; new ones are as before.
  void EndStreams();
  // The agent is gone, socket and all; and back.
  void StopListening();
  void Listen();

  // Streams so far, and those of them refused for want of the header that
  // proves that no browser was tricked into asking.
  int streams() const;
  int without_header() const;

 private:
  grpc::Status FetchX509SVID(
      grpc::ServerContext* context, const X509SVIDRequest* request,
      grpc::ServerWriter<X509SVIDResponse>* writer) override;

  const std::string socket_;
  mutable std::mutex mutex_;
  X509SVIDResponse update_;
  int pushes_ = 0;
  int ends_ = 0;
  grpc::Status refusal_ = grpc::Status::OK;
  int streams_ = 0;
  int without_header_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_FAKE_WORKLOAD_API_H_
