// What this shows: who sends what is no calls is ended, whatever it is, and who
// uploads is not, however busy the server.

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/connections.h"
#include "tests/server/connections_test.h"

namespace panvault::server {
namespace {

using ConnectionsTrafficTest = ConnectionsTest;

TEST_F(ConnectionsTrafficTest, ClosesWhoOnlyEverSends) {
  const uint64_t storm = AddTcp();
  const uint64_t upload = AddTcp("10.0.0.2");
  Call(storm, "shop");
  Call(upload, "bulk");
  for (int i = 0; i < 20; ++i) {
    if (!Closed(storm)) Take(storm, 16 << 10);
    Take(upload, 64 << 10);  // Is asked for more in between.
    Answer(upload);
    Pass(absl::Milliseconds(20), absl::Milliseconds(20));
    CheckTraffic();
  }
  EXPECT_TRUE(Closed(storm));
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTrafficTest, LeavesAnUploadThatIsTakenInOneGo) {
  const uint64_t upload = AddTcp();
  Answer(upload);
  CheckTraffic();
  for (int i = 0; i < 10; ++i) {  // For 0.2 s, before its writer has its turn.
    Take(upload, 80 << 10);
    Pass(absl::Milliseconds(20), absl::Milliseconds(40));
    CheckTraffic();
  }
  for (int i = 0; i < 50; ++i) {  // Its call waits in a queue.
    Pass(absl::Milliseconds(20), absl::Milliseconds(40));
    CheckTraffic();
  }
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTrafficTest, LeavesAnUploadToAServerThatLacksTheProcessor) {
  const uint64_t upload = AddTcp();
  Answer(upload);
  CheckTraffic();
  for (int i = 0; i < 20; ++i) {
    Take(upload, 40 << 10);
    Pass(absl::Milliseconds(50), absl::Milliseconds(1));
    CheckTraffic();
  }
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTrafficTest, ClosesConnectionsOfOneSourceThatOnlyEverSend) {
  std::vector<uint64_t> storm;
  for (int i = 0; i < 10; ++i) storm.push_back(AddTcp());
  const uint64_t waits = AddTcp();
  const uint64_t elsewhere = AddTcp("10.0.0.2");
  const auto check = [this] {
    CheckTraffic();
    Sweep(All);
    Pass(absl::Milliseconds(300), absl::Milliseconds(150));
  };
  Take(waits, 48 << 10);
  check();
  for (int i = 0; i < 2; ++i) {
    for (const uint64_t id : storm) {
      EXPECT_FALSE(Closed(id)) << "not for so short a time";
      Take(id, 16 << 10);
    }
    Take(elsewhere, 16 << 10);
    check();
  }
  for (const uint64_t id : storm) EXPECT_TRUE(Closed(id)) << id;
  EXPECT_FALSE(Closed(waits)) << "sends nothing any more";
  EXPECT_FALSE(Closed(elsewhere));
}

TEST_F(ConnectionsTrafficTest, LooksAtAllConnectionsInTurns) {
  std::vector<uint64_t> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(AddTcp("10.0.0." + std::to_string(i)));
  for (const uint64_t id : all) Take(id, 160 << 10);
  Pass(absl::Milliseconds(300), absl::Milliseconds(150));
  for (int i = 0; i < 4; ++i) CheckTraffic();
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
