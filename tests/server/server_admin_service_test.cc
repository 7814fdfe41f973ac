// What this shows: an operator over real TLS sees who is connected, since when
// and with which certificate, also those who have not called yet; and nobody
// sees it without a grant. Who is no longer trusted is gone from the list
// within a second.

#include "server/server_admin_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/test_vault.h"

namespace panvault::server {
namespace {

using Stub = v1::ServerAdminService::Stub;
using ::panvault::testing::Eventually;
using ::testing::ElementsAre;
using ::testing::StartsWith;

grpc::Status TokenizeOn(const std::shared_ptr<grpc::Channel>& channel) {
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  v1::TokenizeResponse response;
  const auto stub = v1::TokenVaultService::NewStub(channel);
  return CallOf(*stub, &v1::TokenVaultService::Stub::Tokenize, request,
                response);
}

v1::ListConnectionsResponse ListAfter(Stub& stub, uint64_t id) {
  v1::ListConnectionsRequest request;
  request.set_after_id(id);
  v1::ListConnectionsResponse response;
  const grpc::Status status =
      CallOf(stub, &Stub::ListConnections, request, response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

std::vector<std::string> CallersIn(const v1::ListConnectionsResponse& list) {
  std::vector<std::string> callers;
  for (const v1::Connection& connection : list.connections()) {
    callers.push_back(connection.spiffe_id());
  }
  return callers;
}

// The log has this connection under the same id and address.
void ExpectAsLogged(const TestVault& vault, const v1::Connection& connection) {
  const std::string log = vault.Log();
  EXPECT_NE(log.find(absl::StrCat("\"connection\":", connection.id(),
                                  ",\"peer\":\"", connection.peer(), "\"")),
            std::string::npos)
      << log;
}

TEST(ServerAdminService, ListsWhoIsConnectedWithCertificateAndCalls) {
  const absl::Time before = absl::Now();
  TestVault vault;
  const auto receipts = vault.ChannelAs(kReceiptsId);
  EXPECT_FALSE(TokenizeOn(receipts).ok()) << "not granted, and counted";
  EXPECT_FALSE(TokenizeOn(receipts).ok());
  const auto admin = vault.ServerAdminAs(kPaymentId);
  const v1::ListConnectionsResponse list = ListAfter(*admin, 0);
  ASSERT_EQ(list.connections_size(), 2);
  EXPECT_EQ(list.next_after_id(), 0u);
  const v1::Connection& first = list.connections(0);
  const v1::Connection& second = list.connections(1);
  EXPECT_EQ(first.spiffe_id(), kReceiptsId);
  EXPECT_EQ(first.calls(), 2u);
  EXPECT_EQ(second.spiffe_id(), kPaymentId);
  EXPECT_EQ(second.calls(), 1u) << "the list's own";
  EXPECT_LT(first.id(), second.id());
  EXPECT_NE(first.serial(), second.serial());
  for (const v1::Connection& connection : list.connections()) {
    EXPECT_THAT(connection.peer(), StartsWith("ipv4:127.0.0.1:"));
    EXPECT_THAT(connection.serial(), ::testing::MatchesRegex("[0-9a-fA-F]+"));
    ExpectAsLogged(vault, connection);
    const absl::Time since =
        absl::FromUnixSeconds(connection.since().seconds()) +
        absl::Nanoseconds(connection.since().nanos());
    EXPECT_GE(since, before);
    EXPECT_LE(since, absl::Now());
  }
}

TEST(ServerAdminService, ListsQuietConnectionsWithoutAnIdentity) {
  TestVault vault;
  const auto quiet = vault.ChannelAs(kReceiptsId);
  ASSERT_TRUE(quiet->WaitForConnected(
      absl::ToChronoTime(absl::Now() + absl::Seconds(60))));
  const auto admin = vault.ServerAdminAs(kPaymentId);
  const v1::ListConnectionsResponse list = ListAfter(*admin, 0);
  ASSERT_EQ(list.connections_size(), 2);
  EXPECT_THAT(list.connections(0).peer(), StartsWith("ipv4:127.0.0.1:"));
  EXPECT_GT(list.connections(0).since().seconds(), 0);
  EXPECT_EQ(list.connections(0).spiffe_id(), "");
  EXPECT_EQ(list.connections(0).serial(), "");
  EXPECT_EQ(list.connections(0).calls(), 0u);
  EXPECT_EQ(list.connections(1).spiffe_id(), kPaymentId);
}

TEST(ServerAdminService, IsRefusedWithoutAGrantForItAndSaysNothing) {
  TestVault vault;
  for (const auto& [caller, reason] :
       {std::pair(kReceiptsId, v1::ERROR_REASON_NOT_GRANTED),
        std::pair(kStrangerId, v1::ERROR_REASON_CALLER_UNKNOWN)}) {
    v1::ListConnectionsResponse response;
    const auto admin = vault.ServerAdminAs(caller);
    const grpc::Status status = CallOf(*admin, &Stub::ListConnections,
                                       v1::ListConnectionsRequest(), response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_EQ(response.connections_size(), 0);
    EXPECT_EQ(status.error_message().find("spiffe://"), std::string::npos);
  }
}

TEST(ServerAdminService, GoesOnFromAnIdInLongLists) {
  TestVault vault({.connections = {.listed = 2}});
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < 4; ++i) {
    channels.push_back(vault.ChannelAs(kReceiptsId));
    EXPECT_FALSE(TokenizeOn(channels.back()).ok());
  }
  const auto admin = vault.ServerAdminAs(kPaymentId);
  std::vector<std::string> callers;
  std::vector<int> sizes;
  uint64_t after = 0;
  uint64_t last_id = 0;
  do {
    const v1::ListConnectionsResponse list = ListAfter(*admin, after);
    sizes.push_back(list.connections_size());
    for (const v1::Connection& connection : list.connections()) {
      EXPECT_GT(connection.id(), last_id);
      last_id = connection.id();
    }
    for (std::string& caller : CallersIn(list)) callers.push_back(caller);
    after = list.next_after_id();
  } while (after != 0 && sizes.size() < 9);
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
  EXPECT_THAT(callers, ElementsAre(kReceiptsId, kReceiptsId, kReceiptsId,
                                   kReceiptsId, kPaymentId));
}

TEST(ServerAdminService, WhoIsTakenOffTheAllowlistIsGoneWithinASecond) {
  TestVault vault({.answer_unknown_callers = false});
  const auto receipts = vault.ChannelAs(kReceiptsId);
  EXPECT_FALSE(TokenizeOn(receipts).ok());
  const auto admin = vault.ServerAdminAs(kPaymentId);
  ASSERT_THAT(CallersIn(ListAfter(*admin, 0)),
              ElementsAre(kReceiptsId, kPaymentId));
  vault.access().Swap(
      AccessPolicy::Parse(
          "access.yaml",
          absl::StrCat("callers: [{name: operator, spiffe_id: '", kPaymentId,
                       "', grants: [{methods: [ListConnections]}], "
                       "justification: j, owner: o, approved_by: a, "
                       "review_by: '2099-12-31'}]"))
          .value());
  const absl::Time removed = absl::Now();
  vault.server().TrustChanged();
  absl::SleepFor(removed + absl::Seconds(1) - absl::Now());
  EXPECT_THAT(CallersIn(ListAfter(*admin, 0)), ElementsAre(kPaymentId));
}

TEST(ServerAdminService, ConnectionsThatTheirPeersEndAreGone) {
  TestVault vault;
  const auto admin = vault.ServerAdminAs(kPaymentId);
  {
    const auto receipts = vault.ChannelAs(kReceiptsId);
    EXPECT_FALSE(TokenizeOn(receipts).ok());
    const auto listed = CallersIn(ListAfter(*admin, 0));
    EXPECT_EQ(std::count(listed.begin(), listed.end(), kReceiptsId), 1);
  }
  EXPECT_TRUE(Eventually([&admin] {
    return CallersIn(ListAfter(*admin, 0)) ==
           std::vector<std::string>{kPaymentId};
  }));
}

}  // namespace
}  // namespace panvault::server
