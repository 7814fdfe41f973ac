// What this shows: a new access.yaml is in force as a whole or not at all, and
// one with a mistake leaves the last good one, with an alarm that names it.

#include "server/access_reload.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
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

std::string CallerYaml(const std::string& name) {
  return absl::StrCat("  - name: ", name,
                      "\n    spiffe_id: spiffe://fake.test/ns/a/sa/", name, R"(
    grants: [{methods: [Tokenize], profiles: [cards]}]
    justification: tests
    owner: tests
    approved_by: tests
    review_by: "2099-12-31"
    pci: ["7.2.5"]
)");
}

class AccessReloadTest : public ::testing::Test {
 protected:
  absl::Status Poll() { return reload_.Poll(absl::Now()); }
  bool Knows(const std::string& name) const {
    return access_.Get()->Find(
               SpiffeId::Parse(
                   absl::StrCat("spiffe://fake.test/ns/a/sa/", name))
                   .value()) != nullptr;
  }

  const client::TempDir folder_;
  const std::string path_ = folder_ / "access.yaml";
  testing::LogPipe pipe_;
  JsonLog log_{pipe_.fd()};
  SourceAlarm alarm_{log_, "access"};
  AccessPolicyHolder access_{AccessPolicy::Parse("f", "callers: []\n").value()};
  int changes_ = 0;
  AccessReload reload_{path_, access_, alarm_, [this] { ++changes_; }};
};

TEST_F(AccessReloadTest, FollowsTheFile) {
  client::WriteFile(path_, "callers:\n" + CallerYaml("one"));
  ASSERT_THAT(Poll(), IsOk());
  EXPECT_TRUE(Knows("one"));
  ASSERT_THAT(Poll(), IsOk());
  EXPECT_EQ(changes_, 1) << "the same content is no change";
  client::WriteFile(path_, "callers:\n" + CallerYaml("two"));
  ASSERT_THAT(Poll(), IsOk());
  EXPECT_FALSE(Knows("one"));
  EXPECT_TRUE(Knows("two"));
  EXPECT_EQ(changes_, 2);
  const auto lines = pipe_.TakeLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1]["event"], "access_loaded");
  EXPECT_EQ(lines[1]["callers"], 1);
}

TEST_F(AccessReloadTest, MistakesChangeNothing) {
  client::WriteFile(path_, "callers:\n" + CallerYaml("one"));
  ASSERT_THAT(Poll(), IsOk());
  for (const std::string& bad :
       {std::string("callers:\n  - nam: x\n"), std::string("callers: ["),
        "callers:\n" + CallerYaml("one") + CallerYaml("one")}) {
    client::WriteFile(path_, bad);
    EXPECT_FALSE(Poll().ok()) << bad;
    EXPECT_TRUE(Knows("one")) << bad;
  }
  std::filesystem::remove(path_);
  EXPECT_FALSE(Poll().ok());
  EXPECT_TRUE(Knows("one"));
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(alarm_.numbers().failures, 4u);
  const auto lines = pipe_.TakeLines();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[1]["event"], "access_reload_failed");
  EXPECT_THAT(lines[1]["reason"].get<std::string>(),
              HasSubstr(path_ + ":2: callers[0].nam: unknown key"));
}

// A file that was emptied by a failed write would lock out everyone.
TEST_F(AccessReloadTest, EmptyFileIsNoList) {
  client::WriteFile(path_, "callers:\n" + CallerYaml("one"));
  ASSERT_THAT(Poll(), IsOk());
  for (const char* nothing : {"", "\n", "# nothing\n"}) {
    client::WriteFile(path_, nothing);
    EXPECT_FALSE(Poll().ok());
    EXPECT_TRUE(Knows("one"));
  }
  client::WriteFile(path_, "callers: []\n");
  EXPECT_THAT(Poll(), IsOk()) << "said in so many words, it is a list";
  EXPECT_FALSE(Knows("one"));
}

}  // namespace
}  // namespace panvault::server
