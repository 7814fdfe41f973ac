// What this shows: a token is read with the key version that made it and no
// other: its Luhn remainder says which, or in the floor layout the caller. What
// another profile, a wrong version or a typo turns it into is refused.

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"
#include "tests/vault/tokenize_one.h"
#include "vault/errors.h"
#include "vault/tokenizer.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::DetokenizeOne;
using ::panvault::testing::IsOk;
using ::panvault::testing::KeysetSpec;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MemoryKek;
using ::panvault::testing::RandomPan;
using ::panvault::testing::Remainder;
using ::panvault::testing::TextOf;
using ::panvault::testing::TokenizeItemOf;
using ::panvault::testing::TokenizeOne;

// Nine versions, of which `primary` makes tokens. Version v is in slot 10 - v.
KeysetSpec Nine(uint32_t primary) {
  KeysetSpec spec{.name = "cards", .versions = {}};
  for (uint32_t v = 1; v <= 9; ++v) {
    spec.versions.push_back(
        {v, 10 - v, v == primary ? KeyState::kEnabled : KeyState::kDecryptOnly,
         v == primary, 0});
  }
  return spec;
}

// A profile with version 1 in `state`, and 2 the primary.
std::shared_ptr<const Keyset> WithState(KeyState state, bool floor) {
  return MakeKeyset({.kept = floor ? KeptDigits::kBin6Last4 : KeptDigits::kNone,
                     .allow_floor = floor,
                     .versions = {{1, 1, state, false, 0},
                                  {2, 2, KeyState::kEnabled, true, 0}}});
}

TEST(TokenizerVersions, EachVersionReadsItsOwnTokensInOneBatch) {
  std::mt19937_64 random(1);
  std::vector<std::string> pans;
  std::vector<std::string> tokens;
  for (uint32_t v = 1; v <= 9; ++v) {
    const auto keyset = MakeKeyset(Nine(v));
    for (int i = 0; i < 60; ++i) {
      pans.push_back(RandomPan(12 + random() % 8, random));
      const TokenizeItem item = TokenizeItemOf(*keyset, pans.back());
      ASSERT_THAT(item.status, IsOk());
      EXPECT_EQ(item.key_version, v);
      tokens.push_back(item.token->ToString());
      EXPECT_EQ(Remainder(tokens.back()), 10 - v);
    }
  }
  std::vector<size_t> order(tokens.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);

  const auto keyset = MakeKeyset(Nine(9));
  std::vector<DetokenizeItem> items(order.size());
  for (size_t i = 0; i < order.size(); ++i) items[i].token = tokens[order[i]];
  Detokenize(*keyset, absl::MakeSpan(items));
  for (size_t i = 0; i < order.size(); ++i) {
    ASSERT_THAT(items[i].status, IsOk()) << i;
    EXPECT_EQ(TextOf(*items[i].pan), pans[order[i]]) << i;
    const auto check = CheckToken(*keyset, tokens[order[i]]);
    ASSERT_THAT(check, IsOk());
    EXPECT_TRUE(check->plausible);
    EXPECT_EQ(check->key_version, 10 - Remainder(tokens[order[i]]));
  }
}

TEST(TokenizerVersions, GivenVersionMustBeTheTokensOwn) {
  std::mt19937_64 random(2);
  const auto keyset = MakeKeyset(Nine(4));
  const std::string pan = RandomPan(16, random);
  const std::string token = TokenizeOne(*keyset, pan);
  for (const uint32_t version : {0u, 1u, 3u, 4u, 5u, 9u, 10u, 4294967295u}) {
    EXPECT_EQ(DetokenizeOne(*keyset, token, {"", version}),
              version == 0 || version == 4 ? pan : "TOKEN_UNKNOWN")
        << version;
  }
}

TEST(TokenizerVersions, RemainderWithoutALiveVersionIsUnknown) {
  std::mt19937_64 random(3);
  const auto nine = MakeKeyset(Nine(1));  // Slot 9.
  const auto one =
      MakeKeyset({.versions = {{1, 3, KeyState::kEnabled, true, 0}}});
  const std::string token = TokenizeOne(*nine, RandomPan(16, random));
  EXPECT_EQ(DetokenizeOne(*one, token), "TOKEN_UNKNOWN");
  EXPECT_EQ(DetokenizeOne(*one, token, {"", 1}), "TOKEN_UNKNOWN");
  EXPECT_FALSE(CheckToken(*one, token)->plausible);
}

TEST(TokenizerVersions, AnySingleWrongDigitIsRefusedWithOneLiveVersion) {
  std::mt19937_64 random(4);
  const auto keyset = MakeKeyset({});
  for (size_t length = 12; length <= 19; ++length) {
    const std::string token = TokenizeOne(*keyset, RandomPan(length, random));
    for (size_t i = 0; i < length; ++i) {
      for (char digit = '0'; digit <= '9'; ++digit) {
        std::string typo = token;
        typo[i] = digit;
        if (typo == token) continue;
        EXPECT_EQ(DetokenizeOne(*keyset, typo), "TOKEN_UNKNOWN")
            << length << " digits, position " << i;
        EXPECT_FALSE(CheckToken(*keyset, typo)->plausible);
      }
    }
  }
}

TEST(TokenizerVersions, TokenOfAnotherProfileGivesAnotherCardOrNone) {
  std::mt19937_64 random(5);
  const auto mine = MakeKeyset({.name = "mine", .versions = {{1, 1}}});
  const auto theirs = MakeKeyset(
      {.name = "theirs",
       .versions = {{1, 1, KeyState::kEnabled, true, /*dek_seed=*/9}}});
  const auto slot2 = MakeKeyset({.name = "slot2", .versions = {{1, 2}}});
  for (int i = 0; i < 100; ++i) {
    const std::string pan = RandomPan(16, random);
    const std::string token = TokenizeOne(*mine, pan);
    EXPECT_NE(TokenizeOne(*theirs, pan), token);
    // A well-formed card, of nobody: see crypto/ff1.h.
    const std::string other = DetokenizeOne(*theirs, token);
    EXPECT_EQ(other.size(), 16u);
    EXPECT_NE(other, pan);
    EXPECT_EQ(DetokenizeOne(*slot2, token), "TOKEN_UNKNOWN");
  }
}

TEST(TokenizerVersions, StateOfItsVersionDecidesAboutAToken) {
  std::mt19937_64 random(6);
  struct Row {
    KeyState state;
    std::string reason;  // Empty: it is read.
    std::string versioned_reason;
  };
  const Row rows[] = {
      {KeyState::kEnabled, "", ""},
      {KeyState::kDecryptOnly, "", ""},
      {KeyState::kDisabled, "KEY_VERSION_DISABLED", "KEY_VERSION_DISABLED"},
      {KeyState::kDestroyScheduled, "KEY_VERSION_DESTROYED",
       "KEY_VERSION_DESTROYED"},
      // Its slot is free again: the token does not say whose it was.
      {KeyState::kDestroyed, "KEY_VERSION_DESTROYED", "TOKEN_UNKNOWN"},
  };
  const std::string pan = RandomPan(16, random);
  for (const bool floor : {false, true}) {
    const auto before =
        MakeKeyset({.kept = floor ? KeptDigits::kBin6Last4 : KeptDigits::kNone,
                    .allow_floor = floor,
                    .versions = {{1, 1}}});
    const std::string token = TokenizeOne(*before, pan);
    for (const Row& row : rows) {
      const auto keyset = WithState(row.state, floor);
      const std::string& reason = floor ? row.reason : row.versioned_reason;
      EXPECT_EQ(DetokenizeOne(*keyset, token, {"", floor ? 1u : 0u}),
                reason.empty() ? pan : reason)
          << static_cast<int>(row.state) << (floor ? " floor" : "");
    }
  }
}

TEST(TokenizerVersions, ProfileWithoutAUsablePrimaryMakesNoTokens) {
  std::mt19937_64 random(7);
  const std::string pan = RandomPan(16, random);
  const auto no_primary =
      MakeKeyset({.versions = {{1, 1, KeyState::kDecryptOnly, false, 0}}});
  EXPECT_EQ(TokenizeOne(*no_primary, pan), "KEY_VERSION_DISABLED");
  EXPECT_EQ(TokenizeOne(*no_primary, "4"), "PAN_LENGTH");  // Said first.

  const MemoryKek kek;
  StoredKeyset stored =
      MakeStored({.versions = {{1, 1, KeyState::kDecryptOnly, false, 0},
                               {2, 2, KeyState::kEnabled, true, 0}}},
                 kek);
  stored.versions[1].wrapped_dek.back() ^= 1;
  ASSERT_OK_AND_ASSIGN(const auto damaged,
                       Keyset::Unwrap(stored, kek, nullptr));
  EXPECT_EQ(TokenizeOne(*damaged, pan), "KEY_CORRUPT");
  // Version 1 still reads; version 2 does not.
  const std::string one = TokenizeOne(*MakeKeyset({}), pan);
  EXPECT_EQ(DetokenizeOne(*damaged, one), pan);
  const std::string two = TokenizeOne(
      *MakeKeyset({.versions = {{2, 2, KeyState::kEnabled, true, 0}}}), pan);
  EXPECT_EQ(DetokenizeOne(*damaged, two), "KEY_CORRUPT");
}

class FloorTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const Keyset> WithPrimary(uint32_t primary) {
    KeysetSpec spec = Nine(primary);
    spec.kept = KeptDigits::kBin6Last4;
    spec.allow_floor = true;
    return MakeKeyset(spec);
  }
  const std::shared_ptr<const Keyset> keyset_ = WithPrimary(9);
  std::mt19937_64 random_{8};
};

TEST_F(FloorTest, VersionMustComeWithTheCall) {
  for (const uint32_t version : {1u, 5u, 9u}) {
    const std::string pan = RandomPan(16, random_);
    const std::string token = TokenizeOne(*WithPrimary(version), pan);
    EXPECT_EQ(DetokenizeOne(*keyset_, token, {"", version}), pan);
    EXPECT_EQ(DetokenizeOne(*keyset_, token), "KEY_VERSION_REQUIRED");
    EXPECT_EQ(DetokenizeOne(*keyset_, token, {"", 10}), "KEY_VERSION_UNKNOWN");
    const auto check = CheckToken(*keyset_, token);
    ASSERT_THAT(check, IsOk());
    EXPECT_TRUE(check->plausible);
    EXPECT_EQ(check->key_version, 0u);
  }
}

TEST_F(FloorTest, WrongVersionIsRefusedMostlyAndNeverGivesTheCard) {
  int refused = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string pan = RandomPan(16, random_);
    const std::string token = TokenizeOne(*keyset_, pan);
    const std::string other = DetokenizeOne(*keyset_, token, {"", 3});
    EXPECT_NE(other, pan);
    refused += other == "TOKEN_UNKNOWN" ? 1 : 0;
  }
  EXPECT_GT(refused, 140);  // 8 in 9 are expected: 178.
}

TEST_F(FloorTest, LengthsWithAndWithoutAVersionMixInOneBatch) {
  std::vector<std::string> pans;
  std::vector<std::string> tokens;
  std::vector<DetokenizeItem> items(600);
  std::vector<std::shared_ptr<const Keyset>> makers;
  for (uint32_t v = 1; v <= 9; ++v) makers.push_back(WithPrimary(v));
  for (size_t i = 0; i < items.size(); ++i) {
    const auto version = static_cast<uint32_t>(1 + i % 9);
    pans.push_back(RandomPan(16 + i / 9 % 4, random_));
    tokens.push_back(TokenizeOne(*makers[version - 1], pans.back()));
  }
  for (size_t i = 0; i < items.size(); ++i) {
    items[i].token = tokens[i];
    if (tokens[i].size() == 16 && i % 4 != 0) {
      items[i].key_version = static_cast<uint32_t>(1 + i % 9);
    }
  }
  Detokenize(*keyset_, absl::MakeSpan(items));
  for (size_t i = 0; i < items.size(); ++i) {
    if (tokens[i].size() == 16 && i % 4 == 0) {
      EXPECT_EQ(FactsOf(items[i].status).reason, Reason::kKeyVersionRequired);
    } else {
      ASSERT_THAT(items[i].status, IsOk()) << i;
      EXPECT_EQ(TextOf(*items[i].pan), pans[i]) << i;
    }
  }
}

}  // namespace
}  // namespace panvault::vault
