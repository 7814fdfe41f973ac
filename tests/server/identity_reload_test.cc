// What this shows: files that change are followed, and everything bad that can
// be in them leaves the last good identity in force and raises the alarm.

#include "server/identity_reload.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/test_authority.h"
#include "tests/server/log_pipe.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::testing::HasSubstr;

constexpr char kId[] = "spiffe://fake.test/ns/panvault/sa/panvaultd";

class IdentityReloadTest : public ::testing::Test {
 protected:
  void Write(const client::TestAuthority& authority,
             absl::Duration life = absl::Hours(1)) {
    authority.WriteIdentity(folder_.path(), kId, life);
    Private();
  }
  void Private() {
    std::filesystem::permissions(files_.key_file,
                                 std::filesystem::perms::owner_read);
  }
  absl::Status Poll() { return reload_.Poll(absl::Now()); }
  std::string Serial() const { return live_->facts()->serial; }

  const client::TempDir folder_;
  const TlsFiles files_ = {folder_ / "svid.pem", folder_ / "key.pem",
                           folder_ / "bundle.pem"};
  const client::TestAuthority authority_;
  testing::LogPipe pipe_;
  JsonLog log_{pipe_.fd()};
  SourceAlarm alarm_{log_, "identity"};
  const std::unique_ptr<LiveIdentity> live_ = LiveIdentity::Create({}).value();
  IdentityReload reload_{files_, *live_, alarm_};
};

TEST_F(IdentityReloadTest, FirstFailureIsTheCallers) {
  EXPECT_FALSE(Poll().ok());
  EXPECT_EQ(alarm_.numbers().failures, 0u);
  EXPECT_THAT(pipe_.TakeLines(), ::testing::IsEmpty());
}

TEST_F(IdentityReloadTest, FollowsTheFiles) {
  Write(authority_);
  ASSERT_THAT(Poll(), IsOk());
  const std::string first = Serial();
  ASSERT_THAT(Poll(), IsOk());
  EXPECT_EQ(alarm_.numbers().loads, 1u) << "the same content is no change";
  Write(authority_);
  ASSERT_THAT(Poll(), IsOk());
  EXPECT_NE(Serial(), first);
  EXPECT_EQ(alarm_.numbers().loads, 2u);
  const auto lines = pipe_.TakeLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["event"], "identity_loaded");
  EXPECT_EQ(lines[0]["spiffe_id"], kId);
  EXPECT_EQ(lines[0]["serial"], first);
  EXPECT_EQ(lines[0]["anchors"], 1);
  EXPECT_TRUE(lines[0].contains("not_after"));
  EXPECT_EQ(lines[1]["serial"], Serial());
}

TEST_F(IdentityReloadTest, BadFilesChangeNothing) {
  const client::TestAuthority stranger;
  const struct {
    std::string what;
    std::function<void()> write;
  } cases[] = {
      {"torn pair",
       [&] {
         client::WriteFile(files_.svid_file,
                           authority_.Issue(kId).certificate_pem);
       }},
      {"empty", [&] { client::WriteFile(files_.svid_file, ""); }},
      {"empty key",
       [&] {
         client::WriteFile(files_.key_file, "");
         Private();
       }},
      {"garbage", [&] { client::WriteFile(files_.bundle_file, "garbage"); }},
      {"expired", [&] { Write(authority_, -absl::Minutes(1)); }},
      {"other key",
       [&] {
         client::WriteFile(files_.key_file,
                           client::KeyPem(authority_.Issue(kId)));
         Private();
       }},
      {"a bundle without our CA",
       [&] { client::WriteFile(files_.bundle_file, stranger.bundle_pem()); }},
      {"missing", [&] { std::filesystem::remove(files_.svid_file); }},
      {"a folder",
       [&] {
         std::filesystem::remove(files_.bundle_file);
         std::filesystem::create_directory(files_.bundle_file);
       }},
      {"a key that others may read",
       [&] {
         std::filesystem::permissions(files_.key_file,
                                      std::filesystem::perms::others_read,
                                      std::filesystem::perm_options::add);
       }},
  };
  for (const auto& bad : cases) {
    std::filesystem::remove_all(files_.bundle_file);
    Write(authority_);
    ASSERT_THAT(Poll(), IsOk()) << bad.what;
    const std::string serial = Serial();
    const SourceNumbers before = alarm_.numbers();
    bad.write();
    EXPECT_FALSE(Poll().ok()) << bad.what;
    EXPECT_EQ(Serial(), serial) << bad.what;
    EXPECT_EQ(alarm_.numbers().failures, before.failures + 1) << bad.what;
    EXPECT_EQ(alarm_.numbers().loads, before.loads) << bad.what;
  }
  size_t told = 0;
  for (const auto& line : pipe_.TakeLines()) {
    if (line["event"] != "identity_reload_failed") continue;
    ++told;
    EXPECT_THAT(line["reason"].get<std::string>(),
                HasSubstr(folder_.path() + "/"));
    EXPECT_GE(line["kept_age_s"], 0);
  }
  EXPECT_EQ(told, std::size(cases));
}

TEST_F(IdentityReloadTest, TheLastGoodFilesAgainEndTheAlarm) {
  Write(authority_);
  ASSERT_THAT(Poll(), IsOk());
  const std::string serial = Serial();
  std::filesystem::rename(files_.svid_file, folder_ / "away");
  EXPECT_FALSE(Poll().ok());
  EXPECT_TRUE(alarm_.numbers().failing);
  std::filesystem::rename(folder_ / "away", files_.svid_file);
  ASSERT_THAT(Poll(), IsOk());
  EXPECT_FALSE(alarm_.numbers().failing);
  EXPECT_EQ(Serial(), serial);
  EXPECT_EQ(alarm_.numbers().loads, 1u);
}

}  // namespace
}  // namespace panvault::server
