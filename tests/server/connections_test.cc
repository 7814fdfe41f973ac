// What this shows: whose connection it is, is known from its first call on;
// what is no longer allowed is closed, nothing else is, and the number of open
// ones is bounded without locking out those that work.

#include "server/connections.h"

#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/connections_test.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

absl::Status Refused() {
  return vault::MakeError({.reason = vault::Reason::kCallerUnknown}, "no");
}

TEST_F(ConnectionsTest, TellsWhoIsConnectedSinceWhenAndWithWhichCertificate) {
  ASSERT_THAT(Add(), IsOk());
  now_ += absl::Seconds(3);
  ASSERT_THAT(Add("10.0.0.2"), IsOk());
  Call(2, "shop");
  Call(2, "shop");
  const std::vector<ConnectionFacts> list = connections_->List().connections;
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].peer, "ipv4:10.0.0.1:50000");
  EXPECT_EQ(list[0].since, kNow);
  EXPECT_EQ(list[0].spiffe_id, "");
  EXPECT_EQ(list[0].calls, 0u);
  EXPECT_EQ(list[1].spiffe_id, "spiffe://fake.test/shop");
  EXPECT_EQ(list[1].serial, "0ashop");
  EXPECT_EQ(list[1].calls, 2u);
}

TEST_F(ConnectionsTest, ListsInPartsOfTheirLimit) {
  Start({.listed = 2});
  for (int i = 0; i < 5; ++i) ASSERT_THAT(Add(), IsOk());
  connections_->Remove(3, now_);
  const struct {
    uint64_t after;
    std::vector<uint64_t> ids;
    bool more;
  } kRows[] = {{0, {1, 2}, true},
               {1, {2, 4}, true},
               {2, {4, 5}, false},
               {3, {4, 5}, false},
               {4, {5}, false},
               {5, {}, false},
               {std::numeric_limits<uint64_t>::max(), {}, false}};
  for (const auto& row : kRows) {
    const ConnectionList list = connections_->List(row.after);
    std::vector<uint64_t> ids;
    for (const ConnectionFacts& facts : list.connections) {
      ids.push_back(facts.id);
    }
    EXPECT_EQ(ids, row.ids) << row.after;
    EXPECT_EQ(list.more, row.more) << row.after;
  }
}

TEST_F(ConnectionsTest, ClosesWhatTheCheckRefusesAndNothingElse) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Add(), IsOk());
  Call(1, "shop");
  Call(2, "till");
  Sweep([this](absl::string_view leaf, absl::string_view chain, absl::Time at) {
    EXPECT_EQ(chain, "chain");
    EXPECT_EQ(at, now_);
    return leaf == "shop" ? Refused() : absl::OkStatus();
  });
  EXPECT_TRUE(Closed(1));
  EXPECT_FALSE(Closed(2));
  EXPECT_FALSE(Closed(3));
}

TEST_F(ConnectionsTest, ClosesQuietOnesAfterAWhile) {
  ASSERT_THAT(Add(), IsOk());
  ASSERT_THAT(Add(), IsOk());
  Call(2, "shop");
  now_ += kQuietConnectionMax - absl::Seconds(1);
  Sweep(All);
  EXPECT_FALSE(Closed(1));
  now_ += absl::Seconds(1);
  Sweep(All);
  EXPECT_TRUE(Closed(1));
  EXPECT_FALSE(Closed(2));
}

TEST_F(ConnectionsTest, ClosesQuietOnesWithinASecondOfAChangeOfTrust) {
  ASSERT_THAT(Add(), IsOk());
  ASSERT_THAT(Add(), IsOk());
  connections_->TrustChanged(now_);
  ASSERT_THAT(Add(), IsOk());
  Sweep(All);
  EXPECT_FALSE(Closed(1));
  Call(2, "shop");
  now_ += absl::Milliseconds(800);
  Sweep(All);
  EXPECT_TRUE(Closed(1));
  EXPECT_FALSE(Closed(2)) << "it is known by now";
  EXPECT_FALSE(Closed(3)) << "it came after the change";
}

TEST_F(ConnectionsTest, CapsWhatOneSourceHas) {
  Start({.per_source = 2});
  ASSERT_THAT(Add(), IsOk());
  ASSERT_THAT(Add(), IsOk());
  const auto third = Add();
  EXPECT_THAT(third, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(std::string(third.status().message()), HasSubstr("2"));
  EXPECT_THAT(Add("10.0.0.2"), IsOk());
  connections_->Remove(1, now_);
  peers_.emplace_back();  // Ids are not used again.
  EXPECT_EQ(connections_->size(), 2u);
  EXPECT_EQ(connections_->opened(), 3u) << "without the one that was refused";
}

TEST_F(ConnectionsTest, OldestQuietOneMakesRoom) {
  Start({.total = 3});
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Add(), IsOk());
  Call(1, "shop");
  ASSERT_THAT(Add("10.0.0.2"), IsOk());
  EXPECT_FALSE(Closed(1)) << "it works";
  EXPECT_TRUE(Closed(2));
  EXPECT_FALSE(Closed(3));
}

TEST_F(ConnectionsTest, RefusesMoreThanItsTotalIfAllWork) {
  Start({.total = 2});
  for (uint64_t id = 1; id <= 2; ++id) {
    ASSERT_THAT(Add(), IsOk());
    Call(id, "shop");
  }
  EXPECT_THAT(Add("10.0.0.2"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(Closed(1));
  EXPECT_FALSE(Closed(2));
}

TEST_F(ConnectionsTest, LogsBeginningAndEnd) {
  ASSERT_THAT(Add(), IsOk());
  Call(1, "shop");
  Sweep([](auto, auto, auto) { return Refused(); });
  now_ += absl::Seconds(2);
  EXPECT_TRUE(connections_->Remove(1, now_).ok());
  EXPECT_FALSE(connections_->Remove(1, now_).ok());
  std::string text(4096, 0);
  const ssize_t size = pread(fileno(log_file_), text.data(), text.size(), 0);
  ASSERT_GT(size, 0);
  EXPECT_THAT(text, HasSubstr("\"event\":\"connection_opened\","
                              "\"connection\":1,"
                              "\"peer\":\"ipv4:10.0.0.1:50000\""));
  EXPECT_THAT(text,
              HasSubstr("\"event\":\"connection_closed\",\"connection\":1,"
                        "\"peer\":\"ipv4:10.0.0.1:50000\","
                        "\"caller\":\"spiffe://fake.test/shop\","
                        "\"serial\":\"0ashop\",\"calls\":1,"
                        "\"duration_ms\":2000,"
                        "\"closed_by\":\"CALLER_UNKNOWN\""));
}

TEST_F(ConnectionsTest, CountsCallsOfAllThatThereHaveBeen) {
  ASSERT_THAT(Add(), IsOk());
  Call(1, "shop");
  connections_->Remove(1, now_);
  ASSERT_THAT(Add(), IsOk());
  Call(2, "shop");
  EXPECT_EQ(connections_->calls(), 2u);
}

}  // namespace
}  // namespace panvault::server
