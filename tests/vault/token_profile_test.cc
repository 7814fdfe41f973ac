// What this shows: profile names obey their rule byte by byte, and a profile
// that is made has what was asked for and an id of its own.

#include "vault/token_profile.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::testing::ElementsAre;

Reason ReasonOf(const absl::Status& status) { return FactsOf(status).reason; }

TEST(TokenProfile, NamesAreJudgedByteByByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool letter = byte >= 'a' && byte <= 'z';
    const bool digit = byte >= '0' && byte <= '9';
    const bool inside = letter || digit || c == '-';
    EXPECT_EQ(CheckProfileName(std::string(1, c)).ok(), letter) << byte;
    EXPECT_EQ(CheckProfileName(std::string("a") + c).ok(), letter || digit)
        << byte;
    EXPECT_EQ(CheckProfileName(std::string("a") + c + "b").ok(), inside)
        << byte;
  }
}

TEST(TokenProfile, NamesHaveALimit) {
  EXPECT_THAT(CheckProfileName(std::string(63, 'a')), IsOk());
  for (const std::string& name : {std::string(), std::string(64, 'a')}) {
    const absl::Status status = CheckProfileName(name);
    EXPECT_EQ(ReasonOf(status), Reason::kProfileName);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(TokenProfile, IsMadeAsAsked) {
  const absl::Time now = absl::FromUnixNanos(1'800'000'000'123'456'789);
  ASSERT_OK_AND_ASSIGN(const TokenProfile profile,
                       NewTokenProfile({.name = "cards",
                                        .scheme = TokenScheme::kFf1,
                                        .kept = KeptDigits::kBin6Last4,
                                        .allow_floor = true},
                                       now));
  EXPECT_EQ(profile.name, "cards");
  EXPECT_EQ(profile.scheme, TokenScheme::kFf1);
  EXPECT_EQ(profile.kept, KeptDigits::kBin6Last4);
  EXPECT_TRUE(profile.allow_floor);
  // Microseconds, as the database keeps them.
  EXPECT_EQ(profile.create_time, absl::FromUnixMicros(1'800'000'000'123'456));
  EXPECT_EQ(profile.id.size(), 32u);
  EXPECT_EQ(profile.id.find_first_not_of("0123456789abcdef"),
            std::string::npos);
}

TEST(TokenProfile, IdsAreNotRepeated) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    ids.insert(NewTokenProfile({.name = "a"}, absl::Now()).value().id);
  }
  EXPECT_EQ(ids.size(), 100u);
}

TEST(TokenProfile, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ReasonOf(NewTokenProfile({.name = "Cards"}, absl::Now()).status()),
            Reason::kProfileName);
  for (const int number : {0, 2, 255}) {
    const absl::Status status =
        NewTokenProfile(
            {.name = "a", .scheme = static_cast<TokenScheme>(number)},
            absl::Now())
            .status();
    EXPECT_EQ(ReasonOf(status), Reason::kProfileField) << number;
    EXPECT_EQ(FactsOf(status).field, "profile.scheme");
  }
  for (const int number : {0, 5, 255}) {
    const absl::Status status =
        NewTokenProfile({.name = "a", .kept = static_cast<KeptDigits>(number)},
                        absl::Now())
            .status();
    EXPECT_EQ(ReasonOf(status), Reason::kProfileField) << number;
    EXPECT_EQ(FactsOf(status).field, "profile.kept");
  }
}

TEST(TokenProfile, PanLengthsAreThoseWithALayout) {
  TokenProfile profile;
  profile.kept = KeptDigits::kNone;
  EXPECT_THAT(PanLengthsOf(profile),
              ElementsAre(12, 13, 14, 15, 16, 17, 18, 19));
  profile.kept = KeptDigits::kLast4;
  EXPECT_THAT(PanLengthsOf(profile),
              ElementsAre(12, 13, 14, 15, 16, 17, 18, 19));
  profile.kept = KeptDigits::kBin6Last4;
  EXPECT_THAT(PanLengthsOf(profile), ElementsAre(17, 18, 19));
  profile.allow_floor = true;
  EXPECT_THAT(PanLengthsOf(profile), ElementsAre(16, 17, 18, 19));
  profile.kept = KeptDigits::kBin8Last4;
  EXPECT_THAT(PanLengthsOf(profile), ElementsAre(18, 19));
  profile.allow_floor = false;
  EXPECT_THAT(PanLengthsOf(profile), ElementsAre(19));
}

}  // namespace
}  // namespace panvault::vault
