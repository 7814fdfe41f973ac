#include "tests/server/fake_workload_api.h"

#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"

namespace panvault::server {

FakeWorkloadApi::FakeWorkloadApi(std::string socket)
    : socket_(std::move(socket)) {
  Listen();
}

FakeWorkloadApi::~FakeWorkloadApi() { StopListening(); }

void FakeWorkloadApi::Listen() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix:" + socket_,
                           grpc::InsecureServerCredentials());
  // Larger than what the client takes.
  builder.SetMaxSendMessageSize(-1);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr) << socket_;
}

void FakeWorkloadApi::StopListening() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
  unlink(socket_.c_str());
}

void FakeWorkloadApi::Push(const X509SVIDResponse& update) {
  const std::lock_guard<std::mutex> lock(mutex_);
  refusal_ = grpc::Status::OK;
  update_ = update;
  ++pushes_;
}

void FakeWorkloadApi::RefuseWith(const grpc::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  refusal_ = status;
}

void FakeWorkloadApi::EndStreams() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++ends_;
}

int FakeWorkloadApi::streams() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return streams_;
}

int FakeWorkloadApi::without_header() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return without_header_;
}

grpc::Status FakeWorkloadApi::FetchX509SVID(
    grpc::ServerContext* context, const X509SVIDRequest* /*request*/,
    grpc::ServerWriter<X509SVIDResponse>* writer) {
  int pushed = 0;
  int ended = 0;
  const auto header = context->client_metadata().find("workload.spiffe.io");
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++streams_;
    ended = ends_;
    if (header == context->client_metadata().end() ||
        header->second != "true") {
      ++without_header_;
      return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                          "security header missing");
    }
  }
  while (!context->IsCancelled()) {
    X509SVIDResponse update;
    bool is_new = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!refusal_.ok()) return refusal_;
      if (ended != ends_) return grpc::Status::OK;
      is_new = pushed != pushes_;
      if (is_new) update = update_;
      pushed = pushes_;
    }
    if (is_new) writer->Write(update);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return grpc::Status::CANCELLED;
}

}  // namespace panvault::server
