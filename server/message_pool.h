// MessagePool: request and response messages that are used again.
//
// A batch of 10,000 items is 20,000 small allocations when it is parsed anew
// each time, more than half of its cost. Messages are wiped as they come back
// (wipe_messages.h), and those that have grown too large are freed, so that one
// odd call does not hold memory for ever.

#ifndef PANVAULT_SERVER_MESSAGE_POOL_H_
#define PANVAULT_SERVER_MESSAGE_POOL_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "grpcpp/support/message_allocator.h"
#include "server/wipe_messages.h"

namespace panvault::server {

// No field of panvault.v1 takes more memory than this for a byte on the wire:
// the worst is an empty item of a batch, two bytes and some hundred in memory.
inline constexpr size_t kBytesPerWireByteMax = 64;

struct MessagePoolOptions {
  size_t pairs_max = 0;       // Kept while unused.
  size_t pair_bytes_max = 0;  // Of one kept pair.
};

// Thread-safe. Outlives the gRPC server that it is registered with.
template <typename Request, typename Response>
class MessagePool final : public grpc::MessageAllocator<Request, Response> {
 public:
  explicit MessagePool(const MessagePoolOptions& options) : options_(options) {
    free_.reserve(options.pairs_max);
  }

  // gRPC calls Release() of what this returns once the call is over.
  grpc::MessageHolder<Request, Response>* AllocateMessages() override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!free_.empty()) {
        Pair* const pair = free_.back().release();
        free_.pop_back();
        return pair;
      }
    }
    return new Pair(*this);
  }

  // How many pairs wait to be used again.
  size_t size() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return free_.size();
  }

 private:
  class Pair final : public grpc::MessageHolder<Request, Response> {
   public:
    explicit Pair(MessagePool& pool) : pool_(pool) {
      this->set_request(&request_);
      this->set_response(&response_);
    }

    void Release() override { pool_.TakeBack(std::unique_ptr<Pair>(this)); }

    void WipeAndClearBoth() {
      WipeAndClear(request_);
      WipeAndClear(response_);
    }

    // Before the messages are cleared: counts what they hold now.
    void CountGrowth() {
      bytes_bound_ += kBytesPerWireByteMax *
                      (request_.ByteSizeLong() + response_.ByteSizeLong());
    }

    // Looks through reflection, which costs more than a small call's whole
    // work, only where the bound does not tell.
    bool IsLargerThan(size_t bytes_max) {
      if (bytes_bound_ <= bytes_max) return false;
      bytes_bound_ = request_.SpaceUsedLong() + response_.SpaceUsedLong();
      return bytes_bound_ > bytes_max;
    }

   private:
    MessagePool& pool_;
    Request request_;
    Response response_;
    size_t bytes_bound_ = sizeof(Pair);  // Of the memory of both, at most.
  };

  void TakeBack(std::unique_ptr<Pair> pair) {
    pair->CountGrowth();
    pair->WipeAndClearBoth();
    if (pair->IsLargerThan(options_.pair_bytes_max)) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.size() < options_.pairs_max) free_.push_back(std::move(pair));
  }

  const MessagePoolOptions options_;

  // Guards all below.
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Pair>> free_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_MESSAGE_POOL_H_
