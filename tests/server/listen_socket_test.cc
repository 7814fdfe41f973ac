// What this shows: the listener takes the address that it was given and no
// other, and names peers by what one host cannot choose freely.

#include "server/listen_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

sockaddr_storage V4(const char* text, uint16_t port) {
  sockaddr_storage storage = {};
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  EXPECT_EQ(inet_pton(AF_INET, text, &v4->sin_addr), 1);
  return storage;
}

sockaddr_storage V6(const char* text, uint16_t port) {
  sockaddr_storage storage = {};
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  EXPECT_EQ(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
  return storage;
}

TEST(ListenSocket, NamesThePortThatZeroGot) {
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    const auto socket = Listen(address);
    ASSERT_THAT(socket, IsOk()) << address;
    const std::string host(address, std::string(address).rfind(':') + 1);
    EXPECT_THAT(socket->address, StartsWith(host));
    EXPECT_NE(socket->address, address);
  }
}

TEST(ListenSocket, DoesNotBlockAndIsNotInherited) {
  const auto socket = Listen("127.0.0.1:0");
  ASSERT_THAT(socket, IsOk());
  EXPECT_NE(fcntl(socket->fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(socket->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  getsockopt(socket->fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size);
  EXPECT_EQ(no_delay, 1);
}

TEST(ListenSocket, TakenAddressIsAnErrorThatNamesIt) {
  const auto first = Listen("127.0.0.1:0");
  ASSERT_THAT(first, IsOk());
  const auto second = Listen(first->address);
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(first->address));
}

TEST(ListenSocket, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "localhost:1", "127.0.0.1", "[::1]", ":1"}) {
    EXPECT_THAT(Listen(address), StatusIs(absl::StatusCode::kInvalidArgument))
        << address;
  }
}

TEST(DescribePeer, SpeaksAsGrpcDoes) {
  EXPECT_EQ(DescribePeer(V4("10.0.0.7", 50412)).peer, "ipv4:10.0.0.7:50412");
  EXPECT_EQ(DescribePeer(V6("::1", 50412)).peer, "ipv6:%5B::1%5D:50412");
  EXPECT_EQ(DescribePeer(V6("::ffff:10.0.0.7", 1)).peer, "ipv4:10.0.0.7:1");
}

TEST(DescribePeer, CountsTheAddressesOfOneHostAsOneSource) {
  EXPECT_EQ(DescribePeer(V4("10.0.0.7", 1)).source,
            DescribePeer(V6("::ffff:10.0.0.7", 2)).source);
  EXPECT_EQ(DescribePeer(V6("2001:db8:1:2:3:4:5:6", 1)).source,
            DescribePeer(V6("2001:db8:1:2::9", 2)).source);
  EXPECT_NE(DescribePeer(V6("2001:db8:1:2::9", 1)).source,
            DescribePeer(V6("2001:db8:1:3::9", 1)).source);
  EXPECT_NE(DescribePeer(V4("10.0.0.7", 1)).source,
            DescribePeer(V4("10.0.0.8", 1)).source);
}

TEST(DescribePeer, SaysNothingOfOtherFamilies) {
  sockaddr_storage unix_socket = {};
  unix_socket.ss_family = AF_UNIX;
  EXPECT_EQ(DescribePeer(unix_socket).peer, "");
}

}  // namespace
}  // namespace panvault::server
