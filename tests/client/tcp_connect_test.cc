// What this shows: targets are read as gRPC reads them, and what cannot be
// connected to is an error with the system's reason.

#include "client/tcp_connect.h"

#include <sys/socket.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/listen_socket.h"
#include "tests/testing/status_matchers.h"

namespace panvault::client {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

TEST(TcpConnect, ConnectsOverBothVersionsOfIpAndByName) {
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    const auto listening = server::Listen(address);
    ASSERT_THAT(listening, IsOk()) << address;
    EXPECT_THAT(TcpConnect(listening->address, absl::Seconds(5)), IsOk());
  }
  const auto listening = server::Listen("127.0.0.1:0");
  ASSERT_THAT(listening, IsOk());
  const size_t colon = listening->address.rfind(':');
  EXPECT_THAT(TcpConnect("localhost" + listening->address.substr(colon),
                         absl::Seconds(5)),
              IsOk());
}

TEST(TcpConnect, GivesUpOnReadsAfterTheTimeout) {
  const auto listening = server::Listen("127.0.0.1:0");
  ASSERT_THAT(listening, IsOk());
  const auto socket = TcpConnect(listening->address, absl::Milliseconds(50));
  ASSERT_THAT(socket, IsOk());
  char byte = 0;
  EXPECT_EQ(recv(socket->get(), &byte, 1, 0), -1);
}

TEST(TcpConnect, SaysWhyItCannot) {
  EXPECT_THAT(TcpConnect("127.0.0.1:1", absl::Seconds(5)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(TcpConnect("no.such.host.invalid:1", absl::Seconds(5)),
              StatusIs(absl::StatusCode::kUnavailable));
  for (const char* bad : {"", "host", ":1"}) {
    EXPECT_THAT(TcpConnect(bad, absl::Seconds(5)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

}  // namespace
}  // namespace panvault::client
