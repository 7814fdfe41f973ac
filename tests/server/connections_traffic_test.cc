// What this shows: who sends what no client would is ended, whatever it is, and
// who uploads is not, however slow the line and however busy the server.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/connections.h"
#include "tests/server/connections_test.h"

namespace panvault::server {
namespace {

using ConnectionsTrafficTest = ConnectionsTest;

// More than what is looked into, in parts of Take.
constexpr size_t kALot = kUnansweredBytesMax + (16 << 10);

TEST_F(ConnectionsTrafficTest, ClosesWhoSendsWithoutAStream) {
  const uint64_t storm = AddTcp();
  const uint64_t handshake = AddTcp();
  CountStreams(storm, 5, 5);
  Take(storm, kALot);
  Take(handshake, kALot);  // gRPC does not know it.
  CheckTraffic();
  EXPECT_TRUE(Closed(storm));
  EXPECT_TRUE(Closed(handshake));
}

TEST_F(ConnectionsTrafficTest, LeavesAnUploadThatIsTakenInOneGo) {
  const uint64_t upload = AddTcp();
  CountStreams(upload, 1);
  Take(upload, kStreamAheadBytesMax);
  CheckTraffic(100);
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTrafficTest, LeavesAnUploadOnASlowLine) {
  const uint64_t upload = AddTcp();
  CountStreams(upload, 1);
  for (size_t sent = 0; sent < kStreamAheadBytesMax; sent += 16 << 10) {
    Take(upload, 16 << 10);
    CheckTraffic();
  }
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTrafficTest, LeavesUploadsSideBySide) {
  const uint64_t uploads = AddTcp();
  CountStreams(uploads, 1'010, 1'000);
  Take(uploads, kALot);
  CheckTraffic();
  // Some have all they need, and wait for their turn.
  CountStreams(uploads, 1'010, 1'003);
  Take(uploads, 9 * kStreamAheadBytesMax);
  CheckTraffic();
  EXPECT_FALSE(Closed(uploads));
}

TEST_F(ConnectionsTrafficTest, ClosesWhoSendsMoreThanItsStreamsMay) {
  const uint64_t storm = AddTcp();
  CountStreams(storm, 1);
  Take(storm, kStreamAheadBytesMax + kALot);
  CheckTraffic();
  EXPECT_TRUE(Closed(storm));
}

TEST_F(ConnectionsTrafficTest, ClosesWhoHasMoreStreamsThanAClient) {
  const uint64_t storm = AddTcp();
  const uint64_t busy = AddTcp();
  CountStreams(storm, 10 + 2 * kStreamsPerConnectionMax, 9);
  // They are not all gone from memory when the next ones come.
  CountStreams(busy, 10 + 2 * kStreamsPerConnectionMax, 10);
  Take(storm, kALot);
  Take(busy, kALot);
  CheckTraffic();
  EXPECT_TRUE(Closed(storm));
  EXPECT_FALSE(Closed(busy));
}

TEST_F(ConnectionsTrafficTest, ClosesWhoTakesStreamsBackAsSoonAsTheyBegin) {
  const uint64_t storm = AddTcp();
  const uint64_t busy = AddTcp();
  const auto both = [this, storm, busy](int64_t started, int64_t ended) {
    CountStreams(storm, started, ended);
    CountStreams(busy, started, ended);
  };
  both(5'001, 5'000);
  Take(storm, kALot);
  Take(busy, kALot);
  CheckTraffic();
  both(5'001 + kStreamsWithoutCallMax, 5'000 + kStreamsWithoutCallMax);
  CheckTraffic();
  EXPECT_FALSE(Closed(storm));
  Answer(busy);  // Those were calls.
  CheckTraffic();
  Take(busy, kALot);
  both(5'002 + kStreamsWithoutCallMax, 5'001 + kStreamsWithoutCallMax);
  CheckTraffic();
  EXPECT_TRUE(Closed(storm));
  EXPECT_FALSE(Closed(busy));
}

TEST_F(ConnectionsTrafficTest, ClosesWhoSendsALotWhileMemoryGrows) {
  Connections::Limits limits;
  limits.growth = 50 << 20;
  Start(limits);
  const uint64_t headers = AddTcp();
  const uint64_t waits = AddTcp();
  const uint64_t upload = AddTcp();
  for (const uint64_t id : {headers, waits, upload}) CountStreams(id, 5);
  CheckTraffic();
  Take(headers, kALot);
  Take(upload, kALot);
  resident_ += limits.growth;
  CheckTraffic();
  EXPECT_FALSE(Closed(headers));
  Answer(upload);  // Whatever has grown, it was not this.
  CheckTraffic();
  Take(upload, kALot);
  resident_ += 1;
  CheckTraffic();
  EXPECT_TRUE(Closed(headers));
  EXPECT_FALSE(Closed(waits)) << "has not sent a lot";
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTrafficTest, LooksIntoConnectionsOfOneSourceTogether) {
  std::vector<uint64_t> storm;
  std::vector<uint64_t> uploads;
  for (int i = 0; i < 8; ++i) {
    storm.push_back(AddTcp());
    CountStreams(storm.back(), 1'000);
    uploads.push_back(AddTcp());
    CountStreams(uploads.back(), 1);
  }
  const uint64_t waits = AddTcp();
  const uint64_t elsewhere = AddTcp("10.0.0.2");
  CountStreams(waits, 1'000);
  CountStreams(elsewhere, 1'000);
  Take(waits, 48 << 10);
  CheckTraffic(6);
  for (const uint64_t id : storm) Take(id, 32 << 10);
  for (const uint64_t id : uploads) Take(id, 32 << 10);
  Take(elsewhere, 32 << 10);
  CheckTraffic();
  for (const uint64_t id : storm) EXPECT_TRUE(Closed(id)) << id;
  for (const uint64_t id : uploads) EXPECT_FALSE(Closed(id)) << id;
  EXPECT_FALSE(Closed(waits)) << "has sent nothing for a while";
  EXPECT_FALSE(Closed(elsewhere));
}

TEST_F(ConnectionsTrafficTest, LeavesConnectionsOfOneSourceThatAreNew) {
  std::vector<uint64_t> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(AddTcp());
    CountStreams(all.back(), 1'000);
    Take(all.back(), 32 << 10);
  }
  CheckTraffic();
  for (const uint64_t id : all) EXPECT_FALSE(Closed(id)) << id;
}

TEST_F(ConnectionsTrafficTest, LooksAtAllConnectionsInTurns) {
  std::vector<uint64_t> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(AddTcp("10.0.0." + std::to_string(i)));
  for (const uint64_t id : all) Take(id, kALot);
  CheckTraffic(4);
  for (const uint64_t id : all) EXPECT_TRUE(Closed(id)) << id;
}

TEST_F(ConnectionsTrafficTest, ClosesWhoHasSentTheMostWhenMemoryIsShort) {
  const uint64_t largest = AddTcp();
  const uint64_t large = AddTcp("10.0.0.2");
  const uint64_t next = AddTcp("10.0.0.3");
  const uint64_t small = AddTcp("10.0.0.4");
  const auto take = [this](uint64_t id, uint64_t messages) {
    Take(id, messages * kRequestBytesMax);
    Answer(id);  // As whoever takes a message in asks for its rest.
  };
  take(largest, 6);
  take(large, 5);
  take(next, 4);
  take(small, 1);
  CheckTraffic();
  take(largest, 1);  // Counts without having been looked at.
  EXPECT_EQ(connections_->CloseLargest(8 * kRequestBytesMax), 2u);
  EXPECT_TRUE(Closed(largest));
  EXPECT_TRUE(Closed(large));
  EXPECT_FALSE(Closed(next));
  EXPECT_EQ(connections_->CloseLargest(100 * kRequestBytesMax), 1u);
  EXPECT_TRUE(Closed(next));
  EXPECT_FALSE(Closed(small)) << "not one that has sent so little";
}

TEST_F(ConnectionsTrafficTest, HeadersWeighMoreWhenMemoryIsShort) {
  const uint64_t messages = AddTcp();
  const uint64_t headers = AddTcp("10.0.0.2");
  const uint64_t small = AddTcp("10.0.0.3");
  CountStreams(headers, 1);
  Take(messages, 8 * kRequestBytesMax);
  Answer(messages);
  Take(headers, 512 << 10);
  Take(small, 64 << 10);
  CheckTraffic();
  EXPECT_EQ(connections_->CloseLargest(8 * kRequestBytesMax), 1u);
  EXPECT_TRUE(Closed(headers));
  EXPECT_EQ(connections_->CloseLargest(100 * kRequestBytesMax), 1u);
  EXPECT_TRUE(Closed(messages));
  EXPECT_FALSE(Closed(small));
}

TEST_F(ConnectionsTrafficTest, ForgetsWhatWasSentLongAgo) {
  const uint64_t before = AddTcp();
  const uint64_t now = AddTcp("10.0.0.2");
  CheckTraffic();
  Take(before, 8 * kRequestBytesMax);
  Answer(before);
  for (int period = 0; period < 2; ++period) {
    CheckTraffic();
    now_ += absl::Seconds(10);
  }
  CheckTraffic();
  Take(now, 4 * kRequestBytesMax);
  Answer(now);
  EXPECT_EQ(connections_->CloseLargest(100 * kRequestBytesMax), 1u);
  EXPECT_TRUE(Closed(now));
  EXPECT_FALSE(Closed(before));
}

TEST_F(ConnectionsTrafficTest,
       ClosesThoseOfOneCertificateAndQuietOnesWithALot) {
  const uint64_t storm = AddTcp();
  const uint64_t other = AddTcp();
  const uint64_t quiet = AddTcp();
  const uint64_t quiet_storm = AddTcp();
  Call(storm, "shop");
  Call(other, "bulk");
  Take(other, 48 << 10);
  Take(quiet, 16 << 10);  // A handshake.
  Take(quiet_storm, 32 << 10);
  connections_->CloseShowing("shop", 2 * kStreamsPerConnectionMax);
  EXPECT_FALSE(Closed(storm)) << "two may have so many";
  connections_->CloseShowing("shop", 2 * kStreamsPerConnectionMax + 1);
  EXPECT_TRUE(Closed(storm));
  EXPECT_FALSE(Closed(other));
  EXPECT_FALSE(Closed(quiet));
  EXPECT_TRUE(Closed(quiet_storm));
}

}  // namespace
}  // namespace panvault::server
