// What this shows: the acceptor hands on what comes, within its rations, lives
// through want of descriptors, notices every end, and stops when told.

#include "server/acceptor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;

class AcceptorTest : public ::testing::Test {
 protected:
  AcceptorTest() : log_file_(tmpfile()), log_(fileno(log_file_)) {}
  ~AcceptorTest() override {
    acceptor_.reset();
    fclose(log_file_);
  }

  void Start(const Acceptor::Limits& limits = {}) {
    auto socket = Listen("127.0.0.1:0");
    ASSERT_THAT(socket, IsOk());
    address_ = socket->address;
    Acceptor::Hooks hooks;
    hooks.hand_over = [this](int fd) {
      const std::lock_guard<std::mutex> lock(mutex_);
      handed_over_.emplace_back(fd);
    };
    hooks.check = [](auto, auto, auto) { return absl::OkStatus(); };
    hooks.dropped = [this](DropReason reason) { metrics_.CountDrop(reason); };
    auto acceptor =
        Acceptor::Start(*std::move(socket), connections_, limits, hooks, log_);
    ASSERT_THAT(acceptor, IsOk());
    acceptor_ = *std::move(acceptor);
  }

  FileDescriptor Connect() const {
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int port = 0;
    EXPECT_TRUE(
        absl::SimpleAtoi(address_.substr(address_.rfind(':') + 1), &port));
    to.sin_port = htons(static_cast<uint16_t>(port));
    FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      fd.Close();
    }
    return fd;
  }

  size_t HandedOver() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return handed_over_.size();
  }

  static bool Ended(const FileDescriptor& fd) {
    pollfd ask = {.fd = fd.get(), .events = POLLIN, .revents = 0};
    return poll(&ask, 1, 0) == 1;
  }

  std::string Log() const {
    std::string text(1 << 16, 0);
    const ssize_t size = pread(fileno(log_file_), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return text;
  }

  FILE* const log_file_;
  JsonLog log_;
  Connections connections_{
      {},
      {.streams = [](absl::string_view, absl::Time) { return StreamCount(); },
       .resident = [] { return uint64_t{1}; }},
      log_};
  Metrics metrics_;
  mutable std::mutex mutex_;
  std::vector<FileDescriptor> handed_over_;
  std::string address_;
  std::unique_ptr<Acceptor> acceptor_;  // Last: its thread uses the others.
};

TEST_F(AcceptorTest, HandsOnWhatComes) {
  Start();
  const FileDescriptor one = Connect();
  const FileDescriptor two = Connect();
  EXPECT_TRUE(Eventually([this] { return HandedOver() == 2; }));
  EXPECT_EQ(connections_.size(), 2u);
}

TEST_F(AcceptorTest, NoticesEveryEnd) {
  Start();
  FileDescriptor reset = Connect();
  const FileDescriptor closed_here = Connect();
  ASSERT_TRUE(Eventually([this] { return HandedOver() == 2; }));
  const linger none = {.l_onoff = 1, .l_linger = 0};
  setsockopt(reset.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  reset.Close();
  EXPECT_TRUE(Eventually([this] { return connections_.size() == 1; }));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const FileDescriptor& fd : handed_over_) {
      shutdown(fd.get(), SHUT_RDWR);
    }
  }
  shutdown(closed_here.get(), SHUT_RDWR);
  EXPECT_TRUE(Eventually([this] { return connections_.size() == 0; }));
}

TEST_F(AcceptorTest, DropsWhatOneSourceHasTooMuch) {
  Start({.source_handshakes_per_s = 1e-6, .source_handshakes_burst = 2});
  std::vector<FileDescriptor> tried;
  for (int i = 0; i < 5; ++i) tried.push_back(Connect());
  EXPECT_TRUE(Eventually([&tried] {
    return Ended(tried[2]) && Ended(tried[3]) && Ended(tried[4]);
  }));
  EXPECT_EQ(HandedOver(), 2u);
  EXPECT_TRUE(Eventually([this] {
    return Log().find("too many handshakes of one address") !=
           std::string::npos;
  }));
  EXPECT_EQ(metrics_.drops(DropReason::kHandshakeRate), 3u);
  EXPECT_EQ(metrics_.drops(DropReason::kConnectionLimit), 0u);
}

TEST_F(AcceptorTest, DropsWhatConnectionsHaveNoRoomFor) {
  Start({1e9, 1e9, 1e9, 1e9});
  std::vector<FileDescriptor> tried;
  for (size_t i = 0; i <= kConnectionsPerSourceMax; ++i) {
    tried.push_back(Connect());
  }
  EXPECT_TRUE(Eventually(
      [this] { return metrics_.drops(DropReason::kConnectionLimit) == 1; }));
  EXPECT_EQ(HandedOver(), kConnectionsPerSourceMax);
}

TEST_F(AcceptorTest, LetsAllWaitForTheCommonRation) {
  Start({.handshakes_per_s = 20, .handshakes_burst = 1});
  std::vector<FileDescriptor> tried;
  for (int i = 0; i < 4; ++i) tried.push_back(Connect());
  EXPECT_TRUE(Eventually([this] { return HandedOver() == 4; }));
  for (const FileDescriptor& fd : tried) EXPECT_FALSE(Ended(fd));
}

// A flood that resets its connections would keep all others waiting for a
// ration that nobody uses.
TEST_F(AcceptorTest, SpendsNoRationOnThoseWhoHaveLeft) {
  Start({.handshakes_per_s = 2, .handshakes_burst = 1});
  const FileDescriptor first = Connect();
  ASSERT_TRUE(Eventually([this] { return HandedOver() == 1; }));
  // They wait in the kernel now, and are gone before they are accepted.
  const linger none = {.l_onoff = 1, .l_linger = 0};
  for (int i = 0; i < 100; ++i) {
    FileDescriptor gone = Connect();
    if (i % 2 == 0) {
      setsockopt(gone.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    } else {
      ASSERT_EQ(send(gone.get(), "half", 4, 0), 4);
    }
  }
  const FileDescriptor good = Connect();
  // One ration is half a second; a hundred are most of a minute.
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (HandedOver() < 2 && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(HandedOver(), 2u);
  EXPECT_TRUE(Eventually([this] {
    return Log().find("left before it was accepted") != std::string::npos;
  }));
}

TEST_F(AcceptorTest, LivesThroughWantOfDescriptors) {
  Start();
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<FileDescriptor> tried;
  tried.push_back(Connect());
  ASSERT_TRUE(Eventually([this] { return HandedOver() == 1; }));
  // Sockets of this end first, since both ends are this process.
  for (int i = 0; i < 20; ++i) {
    tried.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  }
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(tried.back().get()) + 1;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<FileDescriptor> fill;
  while (true) {
    FileDescriptor fd(dup(0));
    if (!fd.ok()) break;
    fill.push_back(std::move(fd));
  }
  sockaddr_in to = {};
  socklen_t size = sizeof to;
  getpeername(tried[0].get(), reinterpret_cast<sockaddr*>(&to), &size);
  for (size_t i = 1; i < tried.size(); ++i) {
    connect(tried[i].get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  EXPECT_TRUE(Eventually([&tried] { return Ended(tried[1]); }));
  EXPECT_TRUE(Eventually(
      [this] { return metrics_.drops(DropReason::kNoDescriptor) > 0; }));
  fill.clear();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  tried.clear();
  const size_t so_far = HandedOver();
  const FileDescriptor good = Connect();
  EXPECT_TRUE(Eventually([&] { return HandedOver() > so_far; }));
}

TEST_F(AcceptorTest, StopsAcceptingAndStillWatches) {
  Start();
  FileDescriptor open = Connect();
  ASSERT_TRUE(Eventually([this] { return HandedOver() == 1; }));
  acceptor_->StopAccepting();
  EXPECT_FALSE(Connect().ok());
  const linger none = {.l_onoff = 1, .l_linger = 0};
  setsockopt(open.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  open.Close();
  EXPECT_TRUE(Eventually([this] { return connections_.size() == 0; }));
}

}  // namespace
}  // namespace panvault::server
