// What this shows: a call can be made again and again, counts the items that
// succeeded, and names what failed by code and reason: the call, an item, or an
// answer that lacks items.

#include "bench/rpc_call.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "grpcpp/completion_queue.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "tests/bench/bench_server.h"
#include "tests/client/fake_vault.h"

namespace panvault::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Method kMethods[] = {Method::kTokenize, Method::kBatchTokenize,
                               Method::kBulkTokenize};

size_t ItemsOf(Method method) { return method == Method::kTokenize ? 1 : 50; }

gpr_timespec In(int seconds) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_seconds(seconds, GPR_TIMESPAN));
}

Completion MakeCall(RpcCall& call, int timeout_s = 30) {
  grpc::CompletionQueue queue;
  int tag = 0;
  call.Start(&queue, In(timeout_s), &tag);
  void* got = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&got, &ok));
  EXPECT_EQ(got, &tag);
  Completion completion;
  call.Finish(completion);
  queue.Shutdown();
  EXPECT_FALSE(queue.Next(&got, &ok));
  return completion;
}

std::unique_ptr<RpcCall> CallOf(const BenchServer& server, Method method,
                                Service service, PanSource& pans) {
  return NewRpcCall({.method = method,
                     .service = service,
                     .profile = "cards",
                     .items = ItemsOf(method)},
                    server.OpenChannels(1)[0], pans);
}

TEST(RpcCall, SucceedsAgainAndAgain) {
  const BenchServer server;
  PanSource pans = PanSource::Create({}).value();
  for (const Service service : {Service::kVault, Service::kNull}) {
    for (const Method method : kMethods) {
      const auto call = CallOf(server, method, service, pans);
      for (int i = 0; i < 3; ++i) {
        const Completion completion = MakeCall(*call);
        EXPECT_EQ(completion.items, ItemsOf(method));
        EXPECT_THAT(completion.errors, IsEmpty());
      }
    }
  }
  EXPECT_EQ(server.calls(), 9);
}

TEST(RpcCall, NamesTheErrorOfACallAndRecovers) {
  const BenchServer server(
      BenchServer::Options{.script = [](int earlier) -> grpc::Status {
        if (earlier % 2 == 1) return grpc::Status::OK;
        return client::RpcError(grpc::StatusCode::PERMISSION_DENIED,
                                panvault::v1::ERROR_REASON_NOT_GRANTED,
                                "the text of the server");
      }});
  PanSource pans = PanSource::Create({}).value();
  for (const Method method : kMethods) {
    const auto call = CallOf(server, method, Service::kVault, pans);
    const Completion failed = MakeCall(*call);
    EXPECT_EQ(failed.items, 0U);
    EXPECT_THAT(failed.errors,
                ElementsAre(Pair("PERMISSION_DENIED NOT_GRANTED", 1)));
    EXPECT_EQ(MakeCall(*call).items, ItemsOf(method));
  }
}

TEST(RpcCall, NamesTheErrorsOfItems) {
  const BenchServer server(BenchServer::Options{.refuse_first_item = true});
  PanSource pans = PanSource::Create({}).value();
  for (const Method method : {Method::kBatchTokenize, Method::kBulkTokenize}) {
    const Completion completion =
        MakeCall(*CallOf(server, method, Service::kVault, pans));
    EXPECT_EQ(completion.items, 49U);
    EXPECT_THAT(completion.errors,
                ElementsAre(Pair("INVALID_ARGUMENT PAN_LUHN", 1)));
  }
}

TEST(RpcCall, AnswerThatLacksItemsIsIncomplete) {
  const BenchServer server(BenchServer::Options{.drop_last_item = true});
  PanSource pans = PanSource::Create({}).value();
  for (const Method method : {Method::kBatchTokenize, Method::kBulkTokenize}) {
    const Completion completion =
        MakeCall(*CallOf(server, method, Service::kVault, pans));
    EXPECT_EQ(completion.items, 49U);
    EXPECT_THAT(completion.errors, ElementsAre(Pair("INCOMPLETE", 1)));
  }
}

TEST(RpcCall, EndsAtItsDeadline) {
  const BenchServer server(BenchServer::Options{.script = [](int) {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    return grpc::Status::OK;
  }});
  PanSource pans = PanSource::Create({}).value();
  const auto call = CallOf(server, Method::kTokenize, Service::kVault, pans);
  EXPECT_THAT(MakeCall(*call, 1).errors,
              ElementsAre(Pair("DEADLINE_EXCEEDED", 1)));
}

TEST(RpcCall, CancelWithoutACallDoesNothing) {
  const BenchServer server;
  PanSource pans = PanSource::Create({}).value();
  const auto call = CallOf(server, Method::kTokenize, Service::kVault, pans);
  call->Cancel();
  EXPECT_EQ(MakeCall(*call).items, 1U);
  call->Cancel();
}

}  // namespace
}  // namespace panvault::bench
