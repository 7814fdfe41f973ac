// What this shows: bytes count as taken once they are read, and an aborted
// connection leaves nothing to read.

#include "server/tcp_traffic.h"

#include <errno.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/tcp_pair.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;

class TcpTrafficTest : public ::testing::Test {
 protected:
  void Come(size_t bytes) {
    const std::string text(bytes, 'x');
    ASSERT_EQ(send(pair_.peer.get(), text.data(), bytes, 0),
              static_cast<ssize_t>(bytes));
    std::array<char, 4096> peeked;
    ASSERT_EQ(
        recv(pair_.here.get(), peeked.data(), bytes, MSG_PEEK | MSG_WAITALL),
        static_cast<ssize_t>(bytes));
  }

  const ::panvault::testing::TcpPair pair_ = ::panvault::testing::MakeTcpPair();
};

TEST_F(TcpTrafficTest, CountsWhatWasReadAndWhatWasSent) {
  EXPECT_EQ(TrafficOf(pair_.here.get()).taken, 0u);
  EXPECT_EQ(TrafficOf(pair_.here.get()).sent, 0u);
  Come(1'000);
  EXPECT_EQ(TrafficOf(pair_.here.get()).taken, 0u) << "not read yet";
  std::array<char, 300> part;
  ASSERT_EQ(recv(pair_.here.get(), part.data(), part.size(), MSG_WAITALL), 300);
  EXPECT_EQ(TrafficOf(pair_.here.get()).taken, 300u);
  ASSERT_EQ(send(pair_.here.get(), "answer", 6, 0), 6);
  EXPECT_TRUE(
      Eventually([this] { return TrafficOf(pair_.here.get()).sent == 6; }));
  EXPECT_EQ(TrafficOf(pair_.here.get()).taken, 300u);
}

TEST_F(TcpTrafficTest, IsNothingOfWhatIsNoTcp) {
  EXPECT_EQ(TrafficOf(-1).taken, 0u);
  EXPECT_EQ(TrafficOf(0).sent, 0u);
  AbortTcp(-1);
}

TEST_F(TcpTrafficTest, AnAbortedConnectionHasNothingToRead) {
  Come(1'000);
  AbortTcp(pair_.here.get());
  std::array<char, 10> part;
  EXPECT_EQ(recv(pair_.here.get(), part.data(), part.size(), MSG_DONTWAIT), -1);
  EXPECT_NE(errno, EAGAIN) << "would be waited for";
  EXPECT_EQ(recv(pair_.peer.get(), part.data(), part.size(), 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

}  // namespace
}  // namespace panvault::server
