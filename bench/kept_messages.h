// Request and response messages that a null handler uses again.
//
// panvaultd pools its messages (server/message_pool.h); a floor that parsed
// each batch into new memory would lie above what it is the floor of. Nothing
// is wiped here, and as many pairs are kept as were ever in use at once.

#ifndef PANVAULT_BENCH_KEPT_MESSAGES_H_
#define PANVAULT_BENCH_KEPT_MESSAGES_H_

#include <memory>
#include <mutex>
#include <vector>

#include "grpcpp/support/message_allocator.h"

namespace panvault::bench {

// Thread-safe. Outlives the gRPC server that it is registered with.
template <typename Request, typename Response>
class KeptMessages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return new Pair(*this);
    Pair* const pair = free_.back().release();
    free_.pop_back();
    return pair;
  }

 private:
  class Pair final : public grpc::MessageHolder<Request, Response> {
   public:
    explicit Pair(KeptMessages& owner) : owner_(owner) {
      this->set_request(&request_);
      this->set_response(&response_);
    }

    // gRPC calls it once the call is over.
    void Release() override {
      request_.Clear();
      response_.Clear();
      const std::lock_guard lock(owner_.mutex_);
      owner_.free_.emplace_back(this);
    }

   private:
    KeptMessages& owner_;
    Request request_;
    Response response_;
  };

  std::mutex mutex_;
  std::vector<std::unique_ptr<Pair>> free_;  // Guarded by mutex_.
};

}  // namespace panvault::bench

#endif  // PANVAULT_BENCH_KEPT_MESSAGES_H_
