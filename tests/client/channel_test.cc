// What this shows: the channel's settings come from the caller and from nowhere
// else, two channels never share a connection, and a slow one gets its time.

#include "client/channel.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "panvault/v1/token_vault.grpc.pb.h"
#include "tests/client/fake_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

// Calls Tokenize once, without any retry of our own; returns gRPC's status and
// the server's view of us in `peer`.
grpc::Status CallOnce(const std::shared_ptr<grpc::Channel>& channel) {
  v1::TokenVaultService::Stub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  v1::TokenizeRequest request;
  request.set_pan("4111111111111111");
  v1::TokenizeResponse response;
  return stub.Tokenize(&context, request, &response);
}

TEST(Channel, NeedsATarget) {
  EXPECT_THAT(OpenChannel({}),
              testing::StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Channel, IgnoresTheProxyOfTheEnvironment) {
  const FakeSetup setup;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("grpc_proxy", "http://127.0.0.1:1", 1);
  ASSERT_OK_AND_ASSIGN(
      const auto channel,
      OpenChannel(setup.OptionsFor(setup.vault.address()).channel));
  EXPECT_TRUE(CallOnce(channel).ok());
  unsetenv("http_proxy");
  unsetenv("grpc_proxy");
}

TEST(Channel, DoesNotRetryByItself) {
  const FakeSetup setup(
      FakeVault::Options{.script = [](const std::string&, int) {
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
      }});
  ASSERT_OK_AND_ASSIGN(
      const auto channel,
      OpenChannel(setup.OptionsFor(setup.vault.address()).channel));
  EXPECT_EQ(CallOnce(channel).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(setup.vault.calls("Tokenize"), 1);
}

// Forwards connections to a port, each after a delay, until destroyed.
class SlowDoor final {
 public:
  SlowDoor(const std::string& target, absl::Duration delay)
      : delay_(delay), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    target_ = Loopback(target.substr(target.rfind(':') + 1));
    sockaddr_in own = Loopback("0");
    socklen_t size = sizeof(own);
    const bool listens =
        bind(listener_, reinterpret_cast<sockaddr*>(&own), size) == 0 &&
        listen(listener_, 8) == 0 &&
        getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &size) == 0;
    EXPECT_TRUE(listens);
    address_ = absl::StrCat("127.0.0.1:", ntohs(own.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~SlowDoor() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  const std::string& address() const { return address_; }
  int connections() const { return connections_; }

 private:
  static sockaddr_in Loopback(const std::string& port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(port)));
    return address;
  }

  // One connection after another.
  void Serve() {
    for (int in = 0; (in = accept(listener_, nullptr, nullptr)) >= 0;) {
      ++connections_;
      absl::SleepFor(delay_);
      const int out = socket(AF_INET, SOCK_STREAM, 0);
      if (connect(out, reinterpret_cast<sockaddr*>(&target_),
                  sizeof(target_)) == 0) {
        Forward(in, out);
      }
      close(out);
      close(in);
    }
  }

  static void Forward(int a, int b) {
    pollfd ends[2] = {{a, POLLIN, 0}, {b, POLLIN, 0}};
    char bytes[4096];
    while (poll(ends, 2, -1) > 0) {
      for (int i = 0; i < 2; ++i) {
        if (ends[i].revents == 0) continue;
        const ssize_t got = recv(ends[i].fd, bytes, sizeof(bytes), 0);
        if (got <= 0) return;
        send(ends[1 - i].fd, bytes, static_cast<size_t>(got), MSG_NOSIGNAL);
      }
    }
  }

  const absl::Duration delay_;
  const int listener_;
  sockaddr_in target_;
  std::string address_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

TEST(Channel, WaitsForASlowHandshakeInsteadOfBeginningAnother) {
  const FakeSetup setup;
  const SlowDoor door(setup.vault.address(), absl::Milliseconds(2500));
  ASSERT_OK_AND_ASSIGN(const auto channel,
                       OpenChannel(setup.OptionsFor(door.address()).channel));
  EXPECT_TRUE(CallOnce(channel).ok());
  EXPECT_EQ(door.connections(), 1);
}

TEST(Channel, HasAConnectionOfItsOwn) {
  const FakeSetup setup;
  const ChannelOptions options =
      setup.OptionsFor(setup.vault.address()).channel;
  ASSERT_OK_AND_ASSIGN(const auto first, OpenChannel(options));
  ASSERT_OK_AND_ASSIGN(const auto second, OpenChannel(options));
  EXPECT_TRUE(CallOnce(first).ok());
  const std::string first_peer = setup.vault.last_peer();
  EXPECT_TRUE(CallOnce(second).ok());
  EXPECT_NE(setup.vault.last_peer(), first_peer);
}

}  // namespace
}  // namespace panvault::client
