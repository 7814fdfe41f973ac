// What this shows: SpiffeId takes exactly the workload IDs of the SPIFFE-ID
// specification, byte for byte, and no message repeats the text it refused.

#include "server/spiffe_id.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr absl::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr absl::string_view kOther = "0123456789.-_";

bool IsIn(char c, absl::string_view set) {
  return set.find(c) != absl::string_view::npos;
}

TEST(SpiffeIdTest, KnownAnswers) {
  ASSERT_OK_AND_ASSIGN(
      const SpiffeId id,
      SpiffeId::Parse("spiffe://example.org/ns/payments/sa/api"));
  EXPECT_EQ(id.text(), "spiffe://example.org/ns/payments/sa/api");
  EXPECT_EQ(id.trust_domain(), "example.org");
  EXPECT_EQ(id.path(), "/ns/payments/sa/api");
}

TEST(SpiffeIdTest, TakesWhatTheSpecificationTakes) {
  for (const char* text :
       {"spiffe://a/b", "spiffe://0/0", "spiffe://a_b-c.d/A_b-C.d",
        "spiffe://127.0.0.1/x", "spiffe://.../...", "spiffe://x/.a",
        "spiffe://x/a..b", "spiffe://x/spiffe/x", "spiffe://-/-",
        "spiffe://example.org/9eebccd2-12bf-40a6-b262-65fe0487d453"}) {
    EXPECT_THAT(SpiffeId::Parse(text), IsOk()) << text;
  }
}

TEST(SpiffeIdTest, RefusesEverythingElse) {
  for (const char* text : {
           "",
           "spiffe",
           "spiffe:",
           "spiffe:/",
           "spiffe://",
           "spiffe:///",
           "spiffe:///a",    // No trust domain.
           "spiffe://a",     // A trust domain's own ID,
           "spiffe://a/",    // which is no workload's.
           "spiffe://a//b",  // Empty segments.
           "spiffe://a/b/",
           "spiffe://a/b//c",  //
           "spiffe://a/.",
           "spiffe://a/..",  // Relative segments.
           "spiffe://a/./b",
           "spiffe://a/../b",  //
           "spiffe://a/b/..",
           "spiffe://a/b/.",  //
           "SPIFFE://a/b",
           "Spiffe://a/b",  // Other spellings.
           "spiffe://A/b",
           "spiffe://exAmple.org/b",
           "https://a/b",
           "xspiffe://a/b",
           " spiffe://a/b",
           "spiffe://a/b ",
           "spiffe://user@a/b",
           "spiffe://user:pw@a/b",  // User.
           "spiffe://a:8443/b",
           "spiffe://a:/b",     // Port.
           "spiffe://[::1]/b",  //
           "spiffe://a/b?c=d",
           "spiffe://a/b?",
           "spiffe://a?/b",
           "spiffe://a/b#c",
           "spiffe://a#/b",  //
           "spiffe://a/%62",
           "spiffe://%61/b",
           "spiffe://a/b%2f..",
           "spiffe://a/b\n",
           "spiffe://a/b\\c",
           "spiffe://a\\b/c",
           "spiffe://a/*",
           "spiffe://*/b",  // No wildcards.
           "spiffe://a/\xc3\xa4",
           "spiffe://\xc3\xa4/b",                    // UTF-8.
           "spiffe://a/\xe2\x80\xa4\xe2\x80\xa4/b",  // A dot leader.
       }) {
    EXPECT_THAT(SpiffeId::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
}

TEST(SpiffeIdTest, EveryByteOfATrustDomain) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const std::string text =
        absl::StrCat("spiffe://a", std::string(1, c), "b/c");
    // A slash begins the path: "spiffe://a/b/c" is an ID of the domain "a".
    EXPECT_EQ(SpiffeId::Parse(text).ok(),
              IsIn(c, kLower) || IsIn(c, kOther) || c == '/')
        << byte;
  }
}

TEST(SpiffeIdTest, EveryByteOfAPath) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const std::string text =
        absl::StrCat("spiffe://a/b", std::string(1, c), "c");
    EXPECT_EQ(SpiffeId::Parse(text).ok(),
              IsIn(c, kLower) || IsIn(c, kUpper) || IsIn(c, kOther) || c == '/')
        << byte;
  }
}

TEST(SpiffeIdTest, NulEndsNothing) {
  const std::string nul(1, '\0');
  EXPECT_THAT(SpiffeId::Parse(absl::StrCat("spiffe://a/b", nul)), Not(IsOk()));
  EXPECT_THAT(SpiffeId::Parse(absl::StrCat("spiffe://a", nul, "/b")),
              Not(IsOk()));
  EXPECT_THAT(SpiffeId::Parse(absl::StrCat("spiffe://a/b", nul, "/../c")),
              Not(IsOk()));
}

TEST(SpiffeIdTest, LengthOfTheWholeIsLimited) {
  const std::string start = "spiffe://a/";
  const std::string longest =
      absl::StrCat(start, std::string(kSpiffeIdBytesMax - start.size(), 'x'));
  ASSERT_EQ(longest.size(), 2048u);
  EXPECT_THAT(SpiffeId::Parse(longest), IsOk());
  EXPECT_THAT(SpiffeId::Parse(longest + "x"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SpiffeIdTest, LengthOfTheTrustDomainIsLimited) {
  const std::string longest(kTrustDomainBytesMax, 'x');
  ASSERT_EQ(longest.size(), 255u);
  ASSERT_OK_AND_ASSIGN(const SpiffeId id,
                       SpiffeId::Parse("spiffe://" + longest + "/a"));
  EXPECT_EQ(id.trust_domain(), longest);
  EXPECT_THAT(SpiffeId::Parse("spiffe://" + longest + "x/a"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SpiffeIdTest, ComparesByteForByte) {
  ASSERT_OK_AND_ASSIGN(const SpiffeId a, SpiffeId::Parse("spiffe://x/a"));
  ASSERT_OK_AND_ASSIGN(const SpiffeId same, SpiffeId::Parse("spiffe://x/a"));
  EXPECT_TRUE(a == same);
  for (const char* text : {"spiffe://x/A", "spiffe://x/ab", "spiffe://x/a/a",
                           "spiffe://xx/a", "spiffe://x/b"}) {
    ASSERT_OK_AND_ASSIGN(const SpiffeId other, SpiffeId::Parse(text));
    EXPECT_FALSE(a == other) << text;
  }
}

TEST(SpiffeIdTest, PartsStayValidInACopyOfWhatIsGone) {
  // Short enough to stand inside the string object, which moves with it.
  ASSERT_OK_AND_ASSIGN(SpiffeId gone, SpiffeId::Parse("spiffe://x/a"));
  const SpiffeId copy = gone;
  const SpiffeId moved = std::move(gone);
  EXPECT_EQ(copy.trust_domain(), "x");
  EXPECT_EQ(moved.trust_domain(), "x");
  EXPECT_EQ(moved.path(), "/a");
}

TEST(SpiffeIdTest, MessagesNameTheRuleAndNotTheText) {
  for (const char* text :
       {"spiffe://a/needle%0a", "spiffe://needle%/x", "needle://a/b",
        "spiffe://a/needle/..", "spiffe://a/needle//b", "spiffe://needle"}) {
    const auto id = SpiffeId::Parse(text);
    ASSERT_THAT(id, Not(IsOk())) << text;
    EXPECT_THAT(std::string(id.status().message()), HasSubstr("SPIFFE ID: "));
    EXPECT_THAT(std::string(id.status().message()), Not(HasSubstr("needle")));
  }
}

}  // namespace
}  // namespace panvault::server
