// What this shows: whose connection it is, is known from its first call on;
// what is no longer allowed is closed, nothing else is, and the number of open
// ones is bounded without locking out those that work.

#include "server/connections.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/tcp_pair.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'500'000'000);

absl::Status Refused() {
  return vault::MakeError({.reason = vault::Reason::kCallerUnknown}, "no");
}

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() : log_file_(tmpfile()), log_(fileno(log_file_)) {
    Start({});
  }
  ~ConnectionsTest() override { fclose(log_file_); }

  void Start(const Connections::Limits& limits) {
    connections_ = std::make_unique<Connections>(limits, log_);
  }

  absl::StatusOr<uint64_t> Add(const std::string& source = "10.0.0.1") {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    auto id = connections_->Add(
        FileDescriptor(ends[0]),
        {absl::StrCat("ipv4:", source, ":", next_port_++), source}, now_);
    // The first has id 1.
    if (id.ok()) {
      EXPECT_EQ(*id, peers_.size() + 1);
      peers_.emplace_back(ends[1]);
    }
    return id;
  }

  // With a TCP connection behind it, which has taken the bytes that come.
  uint64_t AddTcp(const std::string& source = "10.0.0.1") {
    testing::TcpPair pair = testing::MakeTcpPair();
    heres_.emplace_back(fcntl(pair.here.get(), F_DUPFD_CLOEXEC, 0));
    const auto id = connections_->Add(
        std::move(pair.here),
        {absl::StrCat("ipv4:", source, ":", next_port_++), source}, now_);
    EXPECT_THAT(id, IsOk());
    peers_.push_back(std::move(pair.peer));
    return peers_.size();
  }
  void Take(uint64_t id, size_t bytes) {
    std::string part(16 << 10, 'x');
    for (size_t done = 0; done < bytes; done += part.size()) {
      ASSERT_GT(
          send(peers_[id - 1].get(), part.data(), part.size(), MSG_NOSIGNAL),
          0);
      ASSERT_GT(
          recv(heres_[id - 1].get(), part.data(), part.size(), MSG_WAITALL), 0);
    }
  }
  void Answer(uint64_t id) {
    ASSERT_EQ(send(heres_[id - 1].get(), "x", 1, 0), 1);
    char got = 0;
    ASSERT_EQ(recv(peers_[id - 1].get(), &got, 1, 0), 1);
  }

  void Call(uint64_t id, const std::string& leaf) {
    const auto spiffe_id = SpiffeId::Parse("spiffe://fake.test/" + leaf);
    ASSERT_THAT(spiffe_id, IsOk());
    connections_->NoteCall(PeerOf(id), leaf, "chain",
                           std::make_shared<const PeerSvid>(
                               PeerSvid{*spiffe_id, kNow, "0a" + leaf}));
  }

  std::string PeerOf(uint64_t id) const {
    for (const ConnectionFacts& facts : connections_->List().connections) {
      if (facts.id == id) return facts.peer;
    }
    return "";
  }

  // Whether the other end has been told that it is over.
  bool Closed(uint64_t id) const {
    pollfd ask = {.fd = peers_[id - 1].get(), .events = POLLIN, .revents = 0};
    return poll(&ask, 1, 0) == 1 && (ask.revents & POLLHUP) != 0;
  }

  void Sweep(const Connections::Check& check) {
    connections_->Sweep(check, now_);
  }
  static absl::Status All(absl::string_view, absl::string_view, absl::Time) {
    return absl::OkStatus();
  }

  FILE* const log_file_;
  JsonLog log_;
  std::unique_ptr<Connections> connections_;
  std::vector<FileDescriptor> peers_;
  std::vector<FileDescriptor> heres_;  // Of AddTcp.
  absl::Time now_ = kNow;
  int next_port_ = 50'000;
};

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

TEST_F(ConnectionsTest, ClosesWhoOnlyEverSends) {
  const uint64_t storm = AddTcp();
  const uint64_t upload = AddTcp("10.0.0.2");
  Call(storm, "shop");
  Call(upload, "bulk");
  for (int i = 0; i < 20; ++i) {
    if (!Closed(storm)) Take(storm, 16 << 10);
    Take(upload, 64 << 10);  // Is asked for more in between.
    Answer(upload);
    connections_->CheckTraffic(now_);
  }
  EXPECT_TRUE(Closed(storm));
  EXPECT_FALSE(Closed(upload));
}

TEST_F(ConnectionsTest, ClosesConnectionsOfOneSourceThatOnlyEverSend) {
  std::vector<uint64_t> storm;
  for (int i = 0; i < 10; ++i) storm.push_back(AddTcp());
  const uint64_t waits = AddTcp();
  const uint64_t elsewhere = AddTcp("10.0.0.2");
  const auto check = [this] {
    connections_->CheckTraffic(now_);
    Sweep(All);
    now_ += absl::Milliseconds(150);
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

TEST_F(ConnectionsTest, LooksAtAllConnectionsInTurns) {
  std::vector<uint64_t> all;
  for (int i = 0; i < 200; ++i)
    all.push_back(AddTcp("10.0.0." + std::to_string(i)));
  for (const uint64_t id : all) Take(id, 160 << 10);
  for (int i = 0; i < 4; ++i) connections_->CheckTraffic(now_);
  for (const uint64_t id : all) EXPECT_TRUE(Closed(id)) << id;
}

TEST_F(ConnectionsTest, ClosesWhoHasSentTheMostWhenMemoryIsShort) {
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
  connections_->CheckTraffic(now_);
  take(largest, 1);  // Counts without having been looked at.
  EXPECT_EQ(connections_->CloseLargest(8 * kRequestBytesMax), 2u);
  EXPECT_TRUE(Closed(largest));
  EXPECT_TRUE(Closed(large));
  EXPECT_FALSE(Closed(next));
  EXPECT_EQ(connections_->CloseLargest(100 * kRequestBytesMax), 1u);
  EXPECT_TRUE(Closed(next));
  EXPECT_FALSE(Closed(small)) << "not one that has sent so little";
}

TEST_F(ConnectionsTest, ForgetsWhatWasSentLongAgo) {
  const uint64_t before = AddTcp();
  const uint64_t now = AddTcp("10.0.0.2");
  connections_->CheckTraffic(now_);
  Take(before, 8 * kRequestBytesMax);
  Answer(before);
  for (int period = 0; period < 2; ++period) {
    connections_->CheckTraffic(now_);
    now_ += absl::Seconds(10);
  }
  connections_->CheckTraffic(now_);
  Take(now, 4 * kRequestBytesMax);
  Answer(now);
  EXPECT_EQ(connections_->CloseLargest(100 * kRequestBytesMax), 1u);
  EXPECT_TRUE(Closed(now));
  EXPECT_FALSE(Closed(before));
}

TEST_F(ConnectionsTest, ClosesThoseOfOneCertificateAndQuietOnesWithALot) {
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
