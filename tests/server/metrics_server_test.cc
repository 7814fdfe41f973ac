// What this shows: scrapes are answered whole, over IPv4 and IPv6, however the
// bytes come; and clients that are slow, silent or many keep nobody from it.

#include "server/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/file_descriptor.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGet[] = "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n";

FileDescriptor Connect(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(colon + 1), &port));
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(static_cast<uint16_t>(port));
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr = in6addr_loopback;
  const bool is_v6 = address[0] == '[';
  FileDescriptor fd(
      socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(fd.get(),
                    is_v6 ? reinterpret_cast<sockaddr*>(&v6)
                          : reinterpret_cast<sockaddr*>(&v4),
                    is_v6 ? sizeof v6 : sizeof v4),
            0);
  return fd;
}

void Say(const FileDescriptor& fd, const std::string& text) {
  EXPECT_EQ(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

// All until the other end closes, for half a minute at most; "reset" if it
// does so without a farewell.
std::string ReadAll(const FileDescriptor& fd) {
  std::string text;
  char bytes[4096];
  while (true) {
    pollfd ask = {.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (poll(&ask, 1, 30'000) != 1) return "nothing came";
    const ssize_t got = recv(fd.get(), bytes, sizeof bytes, 0);
    if (got < 0) return "reset";
    if (got == 0) return text;
    text.append(bytes, static_cast<size_t>(got));
  }
}

class MetricsServerTest : public ::testing::Test {
 protected:
  void Start(const std::string& listen = "127.0.0.1:0",
             absl::Duration scrape_max = absl::Minutes(1)) {
    auto server = MetricsServer::Start(
        {.listen = listen, .scrape_max = scrape_max}, [this] { return text_; });
    ASSERT_THAT(server, IsOk());
    server_ = *std::move(server);
  }
  std::string Scrape() {
    const FileDescriptor fd = Connect(server_->address());
    Say(fd, kGet);
    return ReadAll(fd);
  }

  std::string text_ = "numbers 1\n";
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, AnswersAndCloses) {
  Start();
  for (int i = 0; i < 50; ++i) {
    const std::string answer = Scrape();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nnumbers 1\n"));
  }
}

TEST_F(MetricsServerTest, AnswersOverIpv6) {
  Start("[::1]:0");
  EXPECT_THAT(Scrape(), EndsWith("numbers 1\n"));
}

TEST_F(MetricsServerTest, HeadMayComeByteByByte) {
  Start();
  const FileDescriptor fd = Connect(server_->address());
  for (const char byte : absl::string_view(kGet)) {
    Say(fd, std::string(1, byte));
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_THAT(ReadAll(fd), EndsWith("numbers 1\n"));
}

TEST_F(MetricsServerTest, BodyThatNobodyAskedForDoesNotCutTheAnswer) {
  Start();
  const FileDescriptor fd = Connect(server_->address());
  Say(fd, absl::StrCat(kGet, std::string(3000, 'b')));
  EXPECT_THAT(ReadAll(fd), EndsWith("numbers 1\n"));
}

TEST_F(MetricsServerTest, LongAnswerReachesASlowReaderWhole) {
  // More than the sockets' buffers hold.
  text_ = std::string(32 << 20, 'n') + "end\n";
  Start();
  const FileDescriptor fd = Connect(server_->address());
  Say(fd, kGet);
  absl::SleepFor(absl::Milliseconds(200));
  const std::string answer = ReadAll(fd);
  EXPECT_GT(answer.size(), text_.size());
  EXPECT_THAT(answer.substr(answer.size() - 8), EndsWith("nend\n"));
}

TEST_F(MetricsServerTest, HeadThatDoesNotEndIsRefused) {
  Start();
  const FileDescriptor fd = Connect(server_->address());
  Say(fd, std::string(kScrapeBytesMax + 1, 'x'));
  EXPECT_THAT(ReadAll(fd), StartsWith("HTTP/1.1 431 "));
}

TEST_F(MetricsServerTest, SilentOnesDoNotKeepAScraperWaiting) {
  Start();
  std::vector<FileDescriptor> silent;
  for (size_t i = 0; i < 3 * kScrapersMax; ++i) {
    silent.push_back(Connect(server_->address()));
    Say(silent.back(), "GET /met");
  }
  EXPECT_THAT(Scrape(), EndsWith("numbers 1\n"));
  // The oldest made room.
  EXPECT_THAT(ReadAll(silent.front()), ::testing::AnyOf("", "reset"));
}

TEST_F(MetricsServerTest, SilentOneIsClosedWhenItsTimeIsUp) {
  Start("127.0.0.1:0", absl::Milliseconds(50));
  const FileDescriptor fd = Connect(server_->address());
  EXPECT_THAT(ReadAll(fd), ::testing::AnyOf("", "reset"));
}

TEST_F(MetricsServerTest, ReaderThatStopsIsClosedWhenItsTimeIsUp) {
  text_ = std::string(32 << 20, 'n');
  Start("127.0.0.1:0", absl::Milliseconds(300));
  const FileDescriptor fd = Connect(server_->address());
  Say(fd, kGet);
  absl::SleepFor(absl::Seconds(2));
  EXPECT_LT(ReadAll(fd).size(), text_.size());
}

TEST_F(MetricsServerTest, EndsWithConnectionsOpen) {
  Start();
  const FileDescriptor fd = Connect(server_->address());
  Say(fd, "GET");
  const absl::Time before = absl::Now();
  server_.reset();
  EXPECT_LT(absl::Now() - before, absl::Seconds(30));
  EXPECT_THAT(ReadAll(fd), ::testing::AnyOf("", "reset"));
}

TEST_F(MetricsServerTest, TakenAddressIsNamed) {
  Start();
  const auto second = MetricsServer::Start({.listen = server_->address()},
                                           [] { return std::string(); });
  ASSERT_THAT(second, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(server_->address()));
}

}  // namespace
}  // namespace panvault::server
