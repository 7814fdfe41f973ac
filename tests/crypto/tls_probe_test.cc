// What this shows: the probe reports what the other end does, and that there is
// none. What it makes of real servers, tests/server shows.

#include "crypto/tls_probe.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "crypto/x509_issuer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::crypto {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

constexpr Validity kValid{1'000, 2'000};

class TlsProbeTest : public ::testing::Test {
 protected:
  TlsProbeTest() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_), 0);
    const timeval patience = {.tv_sec = 0, .tv_usec = 100'000};
    setsockopt(ends_[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~TlsProbeTest() override {
    close(ends_[0]);
    if (ends_[1] >= 0) close(ends_[1]);
  }

  int ends_[2];
};

TEST_F(TlsProbeTest, ReportsSilence) {
  const auto seen = ProbeTls(ends_[0], {});
  ASSERT_THAT(seen, IsOk());
  EXPECT_FALSE(seen->handshake);
  EXPECT_FALSE(seen->accepted);
  EXPECT_EQ(seen->why, "no answer in time");
  EXPECT_TRUE(seen->shown.empty());
}

TEST_F(TlsProbeTest, ReportsAnEndWithoutSignal) {
  close(ends_[1]);
  ends_[1] = -1;
  // SIGPIPE would end this test.
  const auto seen = ProbeTls(ends_[0], {});
  ASSERT_THAT(seen, IsOk());
  EXPECT_FALSE(seen->handshake);
  EXPECT_NE(seen->why, "");
}

TEST_F(TlsProbeTest, ReportsWhatIsNoTls) {
  ASSERT_EQ(write(ends_[1], "HTTP/1.0 400 no\r\n\r\n", 19), 19);
  const auto seen = ProbeTls(ends_[0], {});
  ASSERT_THAT(seen, IsOk());
  EXPECT_FALSE(seen->handshake);
  EXPECT_THAT(seen->why, ::testing::HasSubstr("wrong version number"));
}

TEST_F(TlsProbeTest, RefusesAKeyOfAnotherCertificate) {
  const auto issuer = X509Issuer::Create("fake.test", kValid);
  ASSERT_THAT(issuer, IsOk());
  const auto one = issuer->IssueSvid("spiffe://fake.test/one", kValid);
  const auto two = issuer->IssueSvid("spiffe://fake.test/two", kValid);
  ASSERT_THAT(one, IsOk());
  ASSERT_THAT(two, IsOk());
  EXPECT_THAT(ProbeTls(ends_[0], {.certificates_pem = one->certificate_pem,
                                  .private_key_pem = &two->private_key_pem}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ProbeTls(ends_[0], {.certificates_pem = one->certificate_pem}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::crypto
