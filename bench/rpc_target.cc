#include "bench/rpc_target.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "grpcpp/completion_queue.h"

namespace panvault::bench {
namespace {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as is gRPC's.

Nanoseconds ClockNow() { return Clock::now().time_since_epoch(); }

gpr_timespec ToGrpc(Nanoseconds time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = whole.count(),
          .tv_nsec = static_cast<int32_t>((time - whole).count()),
          .clock_type = GPR_CLOCK_MONOTONIC};
}

class RpcTarget : public Target {
 public:
  RpcTarget(const RpcTargetOptions& options,
            absl::Span<const std::shared_ptr<grpc::Channel>> channels,
            PanSource pans)
      : timeout_(options.timeout),
        pans_(std::move(pans)),
        tags_(options.slots) {
    for (size_t slot = 0; slot < options.slots; ++slot) {
      calls_.push_back(
          NewRpcCall(options.call, channels[slot % channels.size()], pans_));
    }
  }

  ~RpcTarget() override { Drain(); }

  size_t slots() const override { return calls_.size(); }
  Nanoseconds Now() override { return ClockNow(); }

  void Start(size_t slot) override {
    calls_[slot]->Start(&queue_, ToGrpc(ClockNow() + timeout_), &tags_[slot]);
  }

  std::optional<Completion> Wait(Nanoseconds until) override {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, ToGrpc(until)) !=
        grpc::CompletionQueue::GOT_EVENT) {
      return std::nullopt;
    }
    return Finished(SlotOf(tag), ClockNow());
  }

 protected:
  size_t SlotOf(void* tag) const {
    return static_cast<size_t>(static_cast<char*>(tag) - tags_.data());
  }

  Completion Finished(size_t slot, Nanoseconds time) {
    Completion completion = {.slot = slot, .time = time};
    calls_[slot]->Finish(completion);
    return completion;
  }

  // Ends what is out, and the queue.
  void Drain() {
    if (std::exchange(drained_, true)) return;
    for (const auto& call : calls_) call->Cancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  grpc::CompletionQueue queue_;

 private:
  const Nanoseconds timeout_;
  PanSource pans_;
  std::vector<char> tags_;  // Only their addresses count.
  std::vector<std::unique_ptr<RpcCall>> calls_;
  bool drained_ = false;
};

class ThreadedRpcTarget final : public RpcTarget {
 public:
  ThreadedRpcTarget(const RpcTargetOptions& options,
                    absl::Span<const std::shared_ptr<grpc::Channel>> channels,
                    PanSource pans)
      : RpcTarget(options, channels, std::move(pans)),
        harvester_([this] { HarvestAll(); }) {}

  ~ThreadedRpcTarget() override {
    Drain();
    harvester_.join();
  }

  std::optional<Completion> Wait(Nanoseconds until) override {
    std::unique_lock lock(mutex_);
    const Clock::time_point deadline{
        std::chrono::duration_cast<Clock::duration>(until)};
    if (!came_.wait_until(lock, deadline, [this] { return !ended_.empty(); })) {
      return std::nullopt;
    }
    const Ended ended = ended_.front();
    ended_.pop_front();
    lock.unlock();
    return Finished(ended.slot, ended.time);
  }

 private:
  struct Ended {
    size_t slot = 0;
    Nanoseconds time = {};
  };

  void HarvestAll() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      const Ended ended = {SlotOf(tag), ClockNow()};
      const std::lock_guard lock(mutex_);
      ended_.push_back(ended);
      came_.notify_one();
    }
  }

  std::condition_variable came_;
  std::mutex mutex_;
  std::deque<Ended> ended_;  // Guarded by mutex_.
  std::thread harvester_;    // Last: it uses the others.
};

}  // namespace

std::unique_ptr<Target> NewRpcTarget(
    const RpcTargetOptions& options,
    absl::Span<const std::shared_ptr<grpc::Channel>> channels, PanSource pans) {
  if (options.harvest == Harvest::kInThread) {
    return std::make_unique<ThreadedRpcTarget>(options, channels,
                                               std::move(pans));
  }
  return std::make_unique<RpcTarget>(options, channels, std::move(pans));
}

}  // namespace panvault::bench
