// What this shows: a swap changes who we are and whom we believe in one step;
// after a withdrawal nothing of the key is left to read, and whom we believe is
// the same.

#include "server/live_identity.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/workload_update.h"
#include "tests/server/workload_updates.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kId[] = "spiffe://fake.test/ns/panvault/sa/panvaultd";
constexpr char kCaller[] = "spiffe://fake.test/ns/shop/sa/payment";

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class LiveIdentityTest : public ::testing::Test {
 protected:
  static ServerTls Tls(const client::TestAuthority& authority) {
    return ReadUpdate(UpdateOf(authority, kId), {}, absl::Now()).value();
  }
  bool Believes(const client::TestAuthority& authority) {
    return live_->svids()
        .Identify(authority.Issue(kCaller).certificate_pem, "", absl::Now())
        .ok();
  }

  int changes_ = 0;
  const client::TestAuthority authority_;
  const std::unique_ptr<LiveIdentity> live_ =
      LiveIdentity::Create([this] { ++changes_; }).value();
};

TEST_F(LiveIdentityTest, BeginsWithNothing) {
  EXPECT_FALSE(live_->facts().has_value());
  EXPECT_FALSE(Believes(authority_));
  EXPECT_THAT(Read(live_->identity_path()), Not(HasSubstr("BEGIN")));
  EXPECT_GT(Read(live_->identity_path()).size(), 0u) << "gRPC would abort";
  EXPECT_GT(Read(live_->roots_path()).size(), 0u);
}

TEST_F(LiveIdentityTest, SwapChangesEverything) {
  const std::string identity_path = live_->identity_path();
  for (int i = 1; i <= 3; ++i) {
    const client::TestAuthority other;
    ServerTls tls = Tls(i == 2 ? other : authority_);
    const std::string serial = tls.serial;
    const std::string svid_pem = tls.svid_pem;
    const std::string roots_pem = tls.roots_pem;
    ASSERT_THAT(live_->Swap(std::move(tls)), IsOk());
    EXPECT_EQ(changes_, i);
    EXPECT_EQ(live_->facts()->serial, serial);
    EXPECT_EQ(live_->facts()->spiffe_id, kId);
    EXPECT_EQ(live_->facts()->anchor_count, 1u);
    EXPECT_EQ(live_->identity_path(), identity_path);
    EXPECT_THAT(Read(identity_path), HasSubstr(svid_pem));
    EXPECT_THAT(Read(identity_path), HasSubstr("BEGIN PRIVATE KEY"));
    EXPECT_EQ(Read(live_->roots_path()), roots_pem);
    EXPECT_EQ(Believes(authority_), i != 2);
  }
}

TEST_F(LiveIdentityTest, WithdrawLeavesWhomWeBelieve) {
  ASSERT_THAT(live_->Swap(Tls(authority_)), IsOk());
  live_->Withdraw();
  EXPECT_EQ(changes_, 2);
  EXPECT_FALSE(live_->facts().has_value());
  EXPECT_THAT(Read(live_->identity_path()), Not(HasSubstr("BEGIN")));
  EXPECT_GT(Read(live_->identity_path()).size(), 0u);
  EXPECT_TRUE(Believes(authority_)) << "calls on open connections go on";
  ASSERT_THAT(live_->Swap(Tls(authority_)), IsOk());
  EXPECT_TRUE(live_->facts().has_value());
}

TEST_F(LiveIdentityTest, FailedSwapChangesNothing) {
  ASSERT_THAT(live_->Swap(Tls(authority_)), IsOk());
  const std::string serial = live_->facts()->serial;
  const std::string content = Read(live_->identity_path());
  const client::TestAuthority other;
  ServerTls tls = Tls(other);
  rlimit old = {};
  getrlimit(RLIMIT_NOFILE, &old);
  const rlimit none = {.rlim_cur = 0, .rlim_max = old.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  const absl::Status swapped = live_->Swap(std::move(tls));
  setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_FALSE(swapped.ok());
  EXPECT_EQ(live_->facts()->serial, serial);
  EXPECT_EQ(Read(live_->identity_path()), content);
  EXPECT_TRUE(Believes(authority_));
  EXPECT_FALSE(Believes(other));
  EXPECT_EQ(changes_, 1);
}

TEST_F(LiveIdentityTest, KeyIsInLockedMemory) {
  // If anything of this process may be.
  alignas(4096) static char page[4096];
  const bool may_lock = mlock(page, sizeof page) == 0;
  munlock(page, sizeof page);
  ASSERT_THAT(live_->Swap(Tls(authority_)), IsOk());
  EXPECT_EQ(live_->key_locked(), may_lock);
}

}  // namespace
}  // namespace panvault::server
