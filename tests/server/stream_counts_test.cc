// What this shows: gRPC's count of a connection's streams is found by its peer,
// with the gRPC that is installed, over real TLS.

#include "server/stream_counts.h"

#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/test_vault.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;

class StreamCountsTest : public ::testing::Test {
 protected:
  void Tokenize(v1::TokenVaultService::Stub& stub) {
    v1::TokenizeRequest request;
    request.set_profile("cards");
    request.set_pan(kPan);
    v1::TokenizeResponse response;
    EXPECT_TRUE(
        CallOf(stub, &v1::TokenVaultService::Stub::Tokenize, request, response)
            .ok());
  }

  // Of the last connection.
  std::string Peer() const {
    const ConnectionList list = vault_.server().connections().List();
    return list.connections.empty() ? "" : list.connections.back().peer;
  }

  bool Is(const std::string& peer, int64_t started, int64_t ended) {
    const auto count = counts_.Of(peer, absl::Now());
    return count.has_value() && count->started == started &&
           count->ended == ended;
  }

  TestVault vault_;
  StreamCounts counts_;
};

TEST_F(StreamCountsTest, CountsTheStreamsOfAConnection) {
  const auto stub = vault_.VaultAs(kPaymentId);
  Tokenize(*stub);
  const std::string first = Peer();
  EXPECT_TRUE(Eventually([&] { return Is(first, 1, 1); }));
  const auto other = vault_.VaultAs(kPaymentId);
  Tokenize(*other);
  Tokenize(*other);
  EXPECT_TRUE(Eventually([&] { return Is(Peer(), 2, 2); }))
      << "one that has come since";
  EXPECT_TRUE(Is(first, 1, 1));
}

TEST_F(StreamCountsTest, AStreamUnderWayHasBegunOnly) {
  grpc::GenericStub stub(vault_.ChannelAs(kPaymentId));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto call = stub.PrepareCall(
      &context, "/panvault.v1.TokenVaultService/Tokenize", &queue);
  call->StartCall(nullptr);  // No message follows.
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_TRUE(Eventually([&] { return Is(Peer(), 1, 0); }));
  context.TryCancel();
  EXPECT_TRUE(Eventually([&] { return Is(Peer(), 1, 1); }));
  grpc::Status status;
  call->Finish(&status, nullptr);
  EXPECT_TRUE(queue.Next(&tag, &ok));
}

TEST_F(StreamCountsTest, HasNothingOfWhoIsNotThere) {
  EXPECT_FALSE(counts_.Of("ipv4:127.0.0.1:1", absl::Now()).has_value());
  EXPECT_FALSE(counts_.Of("", absl::Now()).has_value());
  auto stub = vault_.VaultAs(kPaymentId);
  Tokenize(*stub);
  const std::string peer = Peer();
  EXPECT_TRUE(
      Eventually([&] { return counts_.Of(peer, absl::Now()).has_value(); }));
  stub.reset();
  EXPECT_TRUE(
      Eventually([&] { return !counts_.Of(peer, absl::Now()).has_value(); }));
  EXPECT_FALSE(counts_.Of(peer, absl::Now()).has_value());
}

TEST_F(StreamCountsTest, ListsOnceForAllThatAreAskedForTogether) {
  const auto stub = vault_.VaultAs(kPaymentId);
  const absl::Time now = absl::Now();
  EXPECT_FALSE(counts_.Of("ipv4:127.0.0.1:1", now).has_value());
  Tokenize(*stub);
  const std::string peer = Peer();
  EXPECT_FALSE(counts_.Of(peer, now).has_value());
  EXPECT_TRUE(counts_.Of(peer, now + absl::Milliseconds(20)).has_value());
  EXPECT_TRUE(counts_.Of(peer, now).has_value());
}

TEST(StreamCountsList, FindsEachOfMoreThanOneAnswerOfChannelz) {
  constexpr size_t kConnections = 520;  // 500 are listed at once.
  TestVault vault({.connections = {.per_source = 1'000}});
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (size_t i = 0; i < kConnections; ++i) {
    channels.push_back(vault.ChannelAs(kPaymentId));
    channels.back()->GetState(/*try_to_connect=*/true);
  }
  const Connections& connections = vault.server().connections();
  ASSERT_TRUE(Eventually([&] { return connections.size() == kConnections; }));
  StreamCounts counts;
  for (const ConnectionFacts& facts : connections.List().connections) {
    EXPECT_TRUE(Eventually([&] {
      return counts.Of(facts.peer, absl::Now()).has_value();
    })) << facts.peer;
  }
}

}  // namespace
}  // namespace panvault::server
