// What this shows: a call is recorded before it is answered, and what cannot be
// recorded or queued is refused and changes nothing.

#include "server/call.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/server/test_vault.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

absl::Status ErrorOf(vault::Reason reason) {
  return vault::MakeError({.reason = reason}, "test");
}

TEST(ItemCounts, CountsRefusedItemsAndThoseThatTheStoreMayKnow) {
  ItemCounts counts;
  counts.Count(absl::OkStatus());
  counts.Count(ErrorOf(vault::Reason::kPanLuhn));
  counts.Count(ErrorOf(vault::Reason::kTokenUnknown));
  EXPECT_EQ(counts.items, 3u);
  EXPECT_EQ(counts.refused, 2u);
  EXPECT_EQ(counts.unknown, 1u);
}

TEST(StoreMayKnowMore, OnlyOfWhatCanHaveBeenMadeElsewhere) {
  EXPECT_TRUE(StoreMayKnowMore(ErrorOf(vault::Reason::kProfileUnknown)));
  EXPECT_TRUE(StoreMayKnowMore(ErrorOf(vault::Reason::kTokenUnknown)));
  EXPECT_TRUE(StoreMayKnowMore(ErrorOf(vault::Reason::kKeyVersionUnknown)));
  EXPECT_FALSE(StoreMayKnowMore(absl::OkStatus()));
  EXPECT_FALSE(StoreMayKnowMore(ErrorOf(vault::Reason::kPanLuhn)));
  EXPECT_FALSE(StoreMayKnowMore(ErrorOf(vault::Reason::kKeyCorrupt)));
  EXPECT_FALSE(StoreMayKnowMore(absl::NotFoundError("not ours")));
}

grpc::Status Tokenize(v1::TokenVaultService::Stub& stub,
                      const std::string& profile,
                      v1::TokenizeResponse& response) {
  v1::TokenizeRequest request;
  request.set_profile(profile);
  request.set_pan(kPan);
  return CallOf(stub, &v1::TokenVaultService::Stub::Tokenize, request,
                response);
}

uint64_t CountOf(const Metrics& metrics, Rpc rpc, absl::StatusCode code) {
  return metrics.calls(rpc).by_code[static_cast<size_t>(code)];
}

TEST(Call, IsRefusedIfItCannotBeRecorded) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  {
    TestVault vault({.log_fd = full});
    const auto stub = vault.VaultAs(kPaymentId);
    v1::TokenizeResponse response;
    const grpc::Status status = Tokenize(*stub, "cards", response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_LOG_UNAVAILABLE);
    EXPECT_TRUE(response.token().empty());
    EXPECT_EQ(vault.metrics().errors(vault::Reason::kLogUnavailable), 1u);
    EXPECT_EQ(CountOf(vault.metrics(), Rpc::kTokenize, absl::StatusCode::kOk),
              0u);
  }
  close(full);
}

TEST(Call, IsCountedAsItIsAnswered) {
  TestVault vault;
  const Metrics& metrics = vault.metrics();
  v1::TokenizeResponse response;
  EXPECT_TRUE(Tokenize(*vault.VaultAs(kPaymentId), "cards", response).ok());
  EXPECT_FALSE(Tokenize(*vault.VaultAs(kReceiptsId), "cards", response).ok());
  EXPECT_EQ(CountOf(metrics, Rpc::kTokenize, absl::StatusCode::kOk), 1u);
  EXPECT_EQ(
      CountOf(metrics, Rpc::kTokenize, absl::StatusCode::kPermissionDenied),
      1u);
  EXPECT_EQ(metrics.errors(vault::Reason::kNotGranted), 1u);
  EXPECT_GT(metrics.calls(Rpc::kTokenize).duration, absl::ZeroDuration());

  v1::BatchTokenizeRequest request;
  request.set_profile("cards");
  request.add_items()->set_pan(kPan);
  request.add_items()->set_pan("4111111111111112");
  v1::BatchTokenizeResponse batch;
  EXPECT_TRUE(CallOf(*vault.VaultAs(kPaymentId),
                     &v1::TokenVaultService::Stub::BatchTokenize, request,
                     batch)
                  .ok());
  EXPECT_EQ(metrics.calls(Rpc::kBatchTokenize).items, 2u);
  EXPECT_EQ(metrics.calls(Rpc::kBatchTokenize).items_refused, 1u);
}

TEST(Call, StoreIsAskedOnceForAProfileThatNobodyKnows) {
  TestVault vault;
  const auto stub = vault.VaultAs(kPaymentId);
  for (int i = 0; i < 20; ++i) {
    v1::TokenizeResponse response;
    EXPECT_EQ(ReasonOf(Tokenize(*stub, "ghost", response)),
              v1::ERROR_REASON_PROFILE_UNKNOWN);
  }
  // A second of memory for the store's "no": a guesser does not reach it often.
  EXPECT_LE(vault.store().load_calls(), 5);
}

// Holds the store's answers back until it is opened.
class Gate {
 public:
  void Wait() {
    ++waiting_;
    opened_.wait();
  }
  void Open() { open_.set_value(); }
  void AwaitWaiting(int count) const {
    for (int i = 0; i < 1000 && waiting_ < count; ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
  }

 private:
  std::promise<void> open_;
  std::shared_future<void> opened_{open_.get_future()};
  std::atomic<int> waiting_{0};
};

TEST(Call, FullQueueRefusesAtOnceAndHurtsNobodyElse) {
  Gate gate;
  TestVault vault({.batch_threads = 1, .batch_queue = 1});
  vault.store().SetHook([&gate] { gate.Wait(); });
  std::vector<std::thread> callers;
  std::atomic<int> overloaded{0};
  std::atomic<int> unknown{0};
  const auto stub = vault.VaultAs(kPaymentId);
  const auto ask = [&] {
    v1::TokenizeResponse response;
    const v1::ErrorReason reason = ReasonOf(Tokenize(*stub, "ghost", response));
    if (reason == v1::ERROR_REASON_OVERLOADED) ++overloaded;
    if (reason == v1::ERROR_REASON_PROFILE_UNKNOWN) ++unknown;
  };
  callers.emplace_back(ask);  // Takes the one worker.
  gate.AwaitWaiting(1);
  callers.emplace_back(ask);  // One of these two takes the one place.
  callers.emplace_back(ask);
  for (int i = 0; i < 1000 && overloaded == 0; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(overloaded, 1);

  // Answered from memory, on gRPC's own threads.
  v1::TokenizeResponse response;
  EXPECT_TRUE(Tokenize(*stub, "cards", response).ok());

  gate.Open();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(overloaded, 1);
  EXPECT_EQ(unknown, 2);
}

TEST(Call, CancelledCallIsNotComputed) {
  Gate gate;
  TestVault vault({.batch_threads = 1});
  vault.store().SetHook([&gate] { gate.Wait(); });
  const auto stub = vault.VaultAs(kPaymentId);
  std::thread holder([&stub] {
    v1::TokenizeResponse response;
    Tokenize(*stub, "ghost", response);
  });
  gate.AwaitWaiting(1);

  // Waits behind the one above, until its caller loses patience.
  v1::BatchTokenizeRequest request;
  request.set_profile("cards");
  request.add_items()->set_pan(kPan);
  v1::BatchTokenizeResponse response;
  grpc::ClientContext context;
  context.set_deadline(
      absl::ToChronoTime(absl::Now() + absl::Milliseconds(200)));
  EXPECT_EQ(stub->BatchTokenize(&context, request, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // On the same connection, so the server has heard of the cancellation once
  // these are answered.
  for (int i = 0; i < 5; ++i) {
    v1::TokenizeResponse other;
    EXPECT_TRUE(Tokenize(*stub, "cards", other).ok());
  }
  gate.Open();
  holder.join();
  vault.server().Stop(absl::Seconds(10));
  const auto calls = vault.CallLines();
  ASSERT_EQ(calls.size(), 7u);
  EXPECT_EQ(calls[6]["method"], "BatchTokenize");
  EXPECT_EQ(calls[6]["code"], "CANCELLED");
  EXPECT_FALSE(calls[6].contains("items"));
}

}  // namespace
}  // namespace panvault::server
