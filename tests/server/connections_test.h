// A fixture: connections, the peers of which belong to the test, and its clock.

#ifndef PANVAULT_TESTS_SERVER_CONNECTIONS_TEST_H_
#define PANVAULT_TESTS_SERVER_CONNECTIONS_TEST_H_

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/connections.h"
#include "tests/server/tcp_pair.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'500'000'000);

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() : log_file_(tmpfile()), log_(fileno(log_file_)) {
    Start({});
  }
  ~ConnectionsTest() override { fclose(log_file_); }

  void Start(const Connections::Limits& limits) {
    connections_ = std::make_unique<Connections>(
        limits,
        Connections::Means{
            .streams = [this](absl::string_view peer, absl::Time /*now*/)
                -> std::optional<StreamCount> {
              const auto found = streams_.find(peer);
              if (found == streams_.end()) return std::nullopt;
              return found->second;
            },
            .resident = [this] { return resident_; }},
        log_);
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

  // With a TCP connection behind it, for Take and Answer.
  uint64_t AddTcp(const std::string& source = "10.0.0.1") {
    testing::TcpPair pair = testing::MakeTcpPair();
    heres_.emplace_back(fcntl(pair.here.get(), F_DUPFD_CLOEXEC, 0));
    const auto id = connections_->Add(
        std::move(pair.here),
        {absl::StrCat("ipv4:", source, ":", next_port_++), source}, now_);
    EXPECT_THAT(id, testing::IsOk());
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
  // What gRPC counts of it from now on.
  void CountStreams(uint64_t id, int64_t started, int64_t ended = 0) {
    streams_[PeerOf(id)] = {started, ended};
  }
  void Answer(uint64_t id) {
    ASSERT_EQ(send(heres_[id - 1].get(), "x", 1, 0), 1);
    char got = 0;
    ASSERT_EQ(recv(peers_[id - 1].get(), &got, 1, 0), 1);
  }

  void Call(uint64_t id, const std::string& leaf) {
    const auto spiffe_id = SpiffeId::Parse("spiffe://fake.test/" + leaf);
    ASSERT_THAT(spiffe_id, testing::IsOk());
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

  void CheckTraffic(int times = 1) {
    for (int i = 0; i < times; ++i) {
      now_ += absl::Milliseconds(20);
      connections_->CheckTraffic(now_);
    }
  }

  void Sweep(const Connections::Check& check) {
    connections_->Sweep(check, now_);
  }
  static absl::Status All(absl::string_view, absl::string_view, absl::Time) {
    return absl::OkStatus();
  }

  FILE* const log_file_;
  JsonLog log_;
  absl::flat_hash_map<std::string, StreamCount> streams_;  // By peer.
  uint64_t resident_ = 40 << 20;
  std::unique_ptr<Connections> connections_;
  std::vector<FileDescriptor> peers_;
  std::vector<FileDescriptor> heres_;  // Of AddTcp.
  absl::Time now_ = kNow;
  int next_port_ = 50'000;
};

}  // namespace panvault::server

#endif  // PANVAULT_TESTS_SERVER_CONNECTIONS_TEST_H_
