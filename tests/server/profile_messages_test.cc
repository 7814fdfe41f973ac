// What this shows: profiles and key versions cross the API unchanged, the enums
// of both sides are one list, and what this server does not know is refused by
// the name of its field.

#include "server/profile_messages.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "tests/server/expect_refused.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/key_version.h"

namespace panvault::server {
namespace {

using google::protobuf::EnumDescriptor;
using ::panvault::testing::ExpectRefused;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MemoryKek;
using ::testing::ElementsAre;

// Each switch is over a whole enum of vault/: a value that is added there and
// not here does not compile (-Werror).
const char* NameOf(vault::TokenScheme scheme) {
  switch (scheme) {
    case vault::TokenScheme::kFf1:
      return "TOKEN_SCHEME_FF1";
  }
  return "";
}
const char* NameOf(vault::KeptDigits kept) {
  switch (kept) {
    case vault::KeptDigits::kNone:
      return "KEPT_DIGITS_NONE";
    case vault::KeptDigits::kLast4:
      return "KEPT_DIGITS_LAST4";
    case vault::KeptDigits::kBin6Last4:
      return "KEPT_DIGITS_BIN6_LAST4";
    case vault::KeptDigits::kBin8Last4:
      return "KEPT_DIGITS_BIN8_LAST4";
  }
  return "";
}
const char* NameOf(vault::KeyState state) {
  switch (state) {
    case vault::KeyState::kEnabled:
      return "KEY_VERSION_STATE_ENABLED";
    case vault::KeyState::kDecryptOnly:
      return "KEY_VERSION_STATE_DECRYPT_ONLY";
    case vault::KeyState::kDisabled:
      return "KEY_VERSION_STATE_DISABLED";
    case vault::KeyState::kDestroyScheduled:
      return "KEY_VERSION_STATE_DESTROY_SCHEDULED";
    case vault::KeyState::kDestroyed:
      return "KEY_VERSION_STATE_DESTROYED";
  }
  return "";
}

// Whether the enum of the API has the same numbers and names as that of vault/,
// and zero, "unspecified", besides.
template <typename VaultEnum>
void ExpectOneList(const EnumDescriptor& api) {
  for (int number = 0; number <= 255; ++number) {
    const std::string name = NameOf(static_cast<VaultEnum>(number));
    const auto* const value = api.FindValueByNumber(number);
    if (number == 0) {
      ASSERT_NE(value, nullptr);
      EXPECT_THAT(value->name(), ::testing::EndsWith("_UNSPECIFIED"));
      EXPECT_EQ(name, "");
    } else if (value == nullptr) {
      EXPECT_EQ(name, "") << "the API lacks " << number;
    } else {
      EXPECT_EQ(name, value->name());
    }
  }
}

TEST(ProfileMessages, ShareTheirEnumsWithTheVault) {
  ExpectOneList<vault::TokenScheme>(*v1::TokenScheme_descriptor());
  ExpectOneList<vault::KeptDigits>(*v1::KeptDigits_descriptor());
  ExpectOneList<vault::KeyState>(*v1::KeyVersionState_descriptor());
}

v1::TokenProfile Asked() {
  v1::TokenProfile message;
  message.set_name("cards");
  message.set_scheme(v1::TOKEN_SCHEME_FF1);
  message.set_kept(v1::KEPT_DIGITS_BIN6_LAST4);
  return message;
}

TEST(ProfileMessages, TakeWhatIsAskedFor) {
  for (int kept = 1; kept <= v1::KeptDigits_MAX; ++kept) {
    v1::TokenProfile message = Asked();
    message.set_kept(static_cast<v1::KeptDigits>(kept));
    message.set_allow_floor(kept % 2 == 0);
    // Output only: not read.
    message.mutable_create_time()->set_seconds(1);
    message.add_pan_lengths(3);
    ASSERT_OK_AND_ASSIGN(const auto spec, SpecOf(message));
    EXPECT_EQ(spec.name, "cards");
    EXPECT_EQ(spec.scheme, vault::TokenScheme::kFf1);
    EXPECT_STREQ(
        NameOf(spec.kept),
        v1::KeptDigits_Name(static_cast<v1::KeptDigits>(kept)).c_str());
    EXPECT_EQ(spec.allow_floor, kept % 2 == 0);
  }
}

TEST(ProfileMessages, LeaveTheNameToTheVault) {
  v1::TokenProfile message = Asked();
  message.set_name("NO NAME");
  ASSERT_OK_AND_ASSIGN(const auto spec, SpecOf(message));
  EXPECT_EQ(spec.name, "NO NAME");
}

TEST(ProfileMessages, RefuseAnUnknownSchemeByItsField) {
  // What a server of one byte might take for FF1, too.
  for (const int number :
       {0, v1::TokenScheme_MAX + 1, 99, -1, 257, -255, INT32_MAX, INT32_MIN}) {
    v1::TokenProfile message = Asked();
    message.set_scheme(static_cast<v1::TokenScheme>(number));
    const auto spec = SpecOf(message);
    ExpectRefused(spec.status(), v1::ERROR_REASON_PROFILE_FIELD,
                  {absl::StrCat(number)});
    EXPECT_EQ(vault::FactsOf(spec.status()).field, "profile.scheme") << number;
  }
}

TEST(ProfileMessages, RefuseUnknownKeptDigitsByTheirField) {
  for (const int number :
       {0, v1::KeptDigits_MAX + 1, 99, -1, 257, -255, INT32_MAX, INT32_MIN}) {
    v1::TokenProfile message = Asked();
    message.set_kept(static_cast<v1::KeptDigits>(number));
    const auto spec = SpecOf(message);
    ExpectRefused(spec.status(), v1::ERROR_REASON_PROFILE_FIELD,
                  {absl::StrCat(number)});
    EXPECT_EQ(vault::FactsOf(spec.status()).field, "profile.kept") << number;
  }
}

TEST(ProfileMessages, TellAProfile) {
  vault::TokenProfile profile;
  profile.id = "0123456789abcdef0123456789abcdef";
  profile.name = "cards";
  profile.kept = vault::KeptDigits::kBin6Last4;
  profile.create_time =
      absl::FromUnixSeconds(1'800'000'000) + absl::Microseconds(250);
  v1::TokenProfile message;
  WriteProfile(profile, message);
  EXPECT_EQ(message.name(), "cards");
  EXPECT_EQ(message.scheme(), v1::TOKEN_SCHEME_FF1);
  EXPECT_EQ(message.kept(), v1::KEPT_DIGITS_BIN6_LAST4);
  EXPECT_FALSE(message.allow_floor());
  EXPECT_EQ(message.create_time().seconds(), 1'800'000'000);
  EXPECT_EQ(message.create_time().nanos(), 250'000);
  EXPECT_THAT(message.pan_lengths(), ElementsAre(17, 18, 19));
  // The id is what keys are bound to; it is nobody else's business.
  EXPECT_EQ(message.SerializeAsString().find(profile.id), std::string::npos);

  profile.allow_floor = true;
  v1::TokenProfile floor;
  WriteProfile(profile, floor);
  EXPECT_TRUE(floor.allow_floor());
  EXPECT_THAT(floor.pan_lengths(), ElementsAre(16, 17, 18, 19));
}

TEST(ProfileMessages, TellTimesBeforeTheEpochAsTimestampsDo) {
  vault::TokenProfile profile;
  profile.create_time = absl::UnixEpoch() - absl::Milliseconds(250);
  v1::TokenProfile message;
  WriteProfile(profile, message);
  // Timestamp: nanos count forward, 0 to 999,999,999.
  EXPECT_EQ(message.create_time().seconds(), -1);
  EXPECT_EQ(message.create_time().nanos(), 750'000'000);
}

TEST(ProfileMessages, TellKeyVersionsInTheirOrder) {
  const MemoryKek kek;
  auto stored =
      MakeStored({.versions = {{.version = 1,
                                .slot = 1,
                                .state = vault::KeyState::kDestroyed,
                                .primary = false},
                               {.version = 2,
                                .slot = 2,
                                .state = vault::KeyState::kDecryptOnly,
                                .primary = false},
                               {.version = 5, .slot = 3}}},
                 kek);
  stored.versions[0].wrapped_dek.clear();
  stored.versions[1].wrapped_dek.back() ^= 1;
  const auto keyset = vault::Keyset::Unwrap(stored, kek, nullptr);
  ASSERT_THAT(keyset, IsOk());
  v1::ListKeyVersionsResponse response;
  WriteKeyVersions(**keyset, response);

  ASSERT_EQ(response.key_versions_size(), 3);
  const struct {
    uint32_t version;
    v1::KeyVersionState state;
    bool primary;
    bool usable;
  } rows[] = {{1, v1::KEY_VERSION_STATE_DESTROYED, false, false},
              {2, v1::KEY_VERSION_STATE_DECRYPT_ONLY, false, false},
              {5, v1::KEY_VERSION_STATE_ENABLED, true, true}};
  for (int i = 0; i < 3; ++i) {
    const v1::KeyVersion& told = response.key_versions(i);
    EXPECT_EQ(told.version(), rows[i].version);
    EXPECT_EQ(told.state(), rows[i].state) << i;
    EXPECT_EQ(told.primary(), rows[i].primary) << i;
    EXPECT_EQ(told.usable(), rows[i].usable) << i;
    EXPECT_EQ(told.kek_id(), kek.kek_id());
    EXPECT_EQ(told.create_time().seconds(), 1'800'000'000);
  }
}

}  // namespace
}  // namespace panvault::server
