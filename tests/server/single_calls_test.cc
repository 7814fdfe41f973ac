// What this shows: a unary call answers one number with its token, or the
// reverse, as far as it is to be revealed; whatever is wrong with it has its
// documented reason, and is not quoted.

#include "server/single_calls.h"

#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/server/expect_refused.h"
#include "tests/server/number_rows.h"
#include "tests/testing/keysets.h"
#include "tests/testing/memory_kek.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::ExpectRefused;
using ::panvault::testing::IsOk;
using ::panvault::testing::KeysetSpec;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::MakeStored;
using ::panvault::testing::MalformedNumbers;
using ::panvault::testing::MemoryKek;
using ::panvault::testing::NumberRow;
using ::panvault::testing::RandomPan;
using ::panvault::testing::Remainder;
using ::panvault::testing::WithRemainder;
using vault::KeptDigits;
using vault::KeyState;

constexpr char kPan[] = "4111111111111111";

v1::TokenizeRequest PanRequest(absl::string_view pan,
                               absl::string_view context = "") {
  v1::TokenizeRequest request;
  request.set_pan(std::string(pan));
  request.set_context(std::string(context));
  return request;
}

v1::DetokenizeRequest TokenRequest(absl::string_view token,
                                   absl::string_view context = "") {
  v1::DetokenizeRequest request;
  request.set_token(std::string(token));
  request.set_context(std::string(context));
  request.set_reveal(v1::REVEAL_LEVEL_FULL);
  return request;
}

v1::TokenizeResponse TokenOf(const vault::Keyset& keyset,
                             const v1::TokenizeRequest& request) {
  v1::TokenizeResponse response;
  EXPECT_THAT(AnswerTokenize(keyset, request, response), IsOk());
  return response;
}

absl::Status Detokenize(const vault::Keyset& keyset,
                        const v1::DetokenizeRequest& request) {
  v1::DetokenizeResponse response;
  absl::Status status = AnswerDetokenize(keyset, request, response);
  EXPECT_EQ(response.pan().empty(), !status.ok());
  return status;
}

v1::ValidateTokenResponse Validate(const vault::Keyset& keyset,
                                   absl::string_view token) {
  v1::ValidateTokenRequest request;
  request.set_token(std::string(token));
  v1::ValidateTokenResponse response;
  EXPECT_THAT(AnswerValidateToken(keyset, request, response), IsOk());
  return response;
}

// BIN6_LAST4 on 16 digits: six free ones, and no room for the key version.
std::shared_ptr<const vault::Keyset> FloorKeyset() {
  return MakeKeyset({.kept = KeptDigits::kBin6Last4,
                     .allow_floor = true,
                     .versions = {{.version = 1, .primary = false},
                                  {.version = 2, .slot = 2}}});
}

TEST(SingleCalls, TurnPansOfEveryLengthIntoTokensAndBack) {
  const auto keyset = MakeKeyset({.versions = {{.version = 3, .slot = 5}}});
  std::mt19937_64 random(2);
  for (size_t length = 12; length <= 19; ++length) {
    for (const std::string& context :
         {std::string(), std::string(64, 'm'), std::string("\0\xff", 2)}) {
      const std::string pan = RandomPan(length, random);
      const auto tokenized = TokenOf(*keyset, PanRequest(pan, context));
      EXPECT_EQ(tokenized.token().size(), length);
      EXPECT_EQ(Remainder(tokenized.token()), 5u);
      EXPECT_EQ(tokenized.key_version(), 3u);
      EXPECT_FALSE(tokenized.key_version_required());

      v1::DetokenizeResponse back;
      auto request = TokenRequest(tokenized.token(), context);
      for (const uint32_t version : {0u, 3u}) {
        request.set_key_version(version);
        ASSERT_THAT(AnswerDetokenize(*keyset, request, back), IsOk());
        EXPECT_EQ(back.pan(), pan);
      }
    }
  }
}

TEST(SingleCalls, RevealAsMuchAsIsAskedFor) {
  const auto keyset = MakeKeyset({});
  auto request = TokenRequest(TokenOf(*keyset, PanRequest(kPan)).token());
  const struct {
    v1::RevealLevel level;
    const char* shown;
  } rows[] = {{v1::REVEAL_LEVEL_LAST4, "************1111"},
              {v1::REVEAL_LEVEL_BIN_LAST4, "411111******1111"},
              {v1::REVEAL_LEVEL_FULL, kPan}};
  for (const auto& row : rows) {
    request.set_reveal(row.level);
    v1::DetokenizeResponse response;
    ASSERT_THAT(AnswerDetokenize(*keyset, request, response), IsOk());
    EXPECT_EQ(response.pan(), row.shown);
  }
}

TEST(SingleCalls, KnowTheRevealLevelsOfTheProto) {
  EXPECT_EQ(RevealOf(v1::REVEAL_LEVEL_LAST4), vault::Reveal::kLast4);
  EXPECT_EQ(RevealOf(v1::REVEAL_LEVEL_BIN_LAST4), vault::Reveal::kBinLast4);
  EXPECT_EQ(RevealOf(v1::REVEAL_LEVEL_FULL), vault::Reveal::kFull);
  // Unspecified, and what a newer client may send.
  for (const int number : {0, 4, 99, -1, v1::RevealLevel_MAX + 1}) {
    EXPECT_EQ(RevealOf(static_cast<v1::RevealLevel>(number)), std::nullopt)
        << number;
  }
  for (int number = 1; number <= v1::RevealLevel_MAX; ++number) {
    EXPECT_TRUE(RevealOf(static_cast<v1::RevealLevel>(number)).has_value())
        << number;
  }
}

TEST(SingleCalls, RefuseEveryMalformedPan) {
  const auto keyset = MakeKeyset({});
  auto rows = MalformedNumbers();
  rows.push_back({"fails the Luhn check",
                  "4111111111111112",
                  v1::ERROR_REASON_PAN_LUHN,
                  {}});
  for (const NumberRow& row : rows) {
    v1::TokenizeResponse response;
    ExpectRefused(AnswerTokenize(*keyset, PanRequest(row.number), response),
                  row.as_pan, {row.what, row.number});
    EXPECT_EQ(response.ByteSizeLong(), 0u) << row.what;
  }
}

TEST(SingleCalls, RefuseEveryMalformedToken) {
  const auto keyset = MakeKeyset({});
  for (const NumberRow& row : MalformedNumbers()) {
    ExpectRefused(Detokenize(*keyset, TokenRequest(row.number)), row.as_token,
                  {row.what, row.number});
    v1::ValidateTokenRequest request;
    request.set_token(row.number);
    v1::ValidateTokenResponse response;
    ExpectRefused(AnswerValidateToken(*keyset, request, response), row.as_token,
                  {row.what, row.number});
    EXPECT_EQ(response.ByteSizeLong(), 0u) << row.what;
  }
}

TEST(SingleCalls, RefuseAContextOfOver64Bytes) {
  const auto keyset = MakeKeyset({});
  const std::string context(65, 'm');
  v1::TokenizeResponse response;
  ExpectRefused(AnswerTokenize(*keyset, PanRequest(kPan, context), response),
                v1::ERROR_REASON_CONTEXT_LENGTH, {"tokenize", context});
  const std::string token = TokenOf(*keyset, PanRequest(kPan)).token();
  ExpectRefused(Detokenize(*keyset, TokenRequest(token, context)),
                v1::ERROR_REASON_CONTEXT_LENGTH, {"detokenize", context});
}

TEST(SingleCalls, BindATokenToItsContext) {
  const auto keyset = MakeKeyset({});
  const auto with = TokenOf(*keyset, PanRequest(kPan, "merchant 1"));
  const auto without = TokenOf(*keyset, PanRequest(kPan));
  EXPECT_NE(with.token(), without.token());
  v1::DetokenizeResponse response;
  if (AnswerDetokenize(*keyset, TokenRequest(with.token()), response).ok()) {
    EXPECT_NE(response.pan(), kPan);
  }
}

TEST(SingleCalls, DoNotKnowATokenOfNobody) {
  const auto keyset = MakeKeyset({});  // Slot 1 only.
  // A card number sent by mistake, and tokens of slots that no version has.
  for (const unsigned remainder : {0u, 2u, 9u}) {
    const std::string token = WithRemainder(kPan, remainder);
    ExpectRefused(Detokenize(*keyset, TokenRequest(token)),
                  v1::ERROR_REASON_TOKEN_UNKNOWN, {token, token});
    EXPECT_FALSE(Validate(*keyset, token).plausible()) << token;
    EXPECT_EQ(Validate(*keyset, token).key_version(), 0u) << token;
  }
}

TEST(SingleCalls, DoNotKnowATokenUnderAnotherKeyVersion) {
  const auto keyset =
      MakeKeyset({.versions = {{.version = 1, .slot = 1, .primary = false},
                               {.version = 2, .slot = 2}}});
  const std::string token = TokenOf(*keyset, PanRequest(kPan)).token();
  EXPECT_EQ(Validate(*keyset, token).key_version(), 2u);
  auto request = TokenRequest(token);
  for (const uint32_t version : {1u, 3u, UINT32_MAX}) {
    request.set_key_version(version);
    ExpectRefused(Detokenize(*keyset, request), v1::ERROR_REASON_TOKEN_UNKNOWN,
                  {"another version", token});
  }
}

TEST(SingleCalls, SayWhatBecameOfAKeyVersion) {
  const std::string token = TokenOf(*MakeKeyset({}), PanRequest(kPan)).token();
  const struct {
    KeyState state;
    v1::ErrorReason reason;
    bool plausible;
  } rows[] = {
      {KeyState::kDisabled, v1::ERROR_REASON_KEY_VERSION_DISABLED, true},
      {KeyState::kDestroyScheduled, v1::ERROR_REASON_KEY_VERSION_DESTROYED,
       true},
      // Its slot is free again: nobody can say whose token it was.
      {KeyState::kDestroyed, v1::ERROR_REASON_TOKEN_UNKNOWN, false},
  };
  for (const auto& row : rows) {
    const auto keyset = MakeKeyset(
        {.versions = {{.version = 1, .state = row.state, .primary = false}}});
    ExpectRefused(Detokenize(*keyset, TokenRequest(token)), row.reason,
                  {v1::ErrorReason_Name(row.reason), token});
    EXPECT_EQ(Validate(*keyset, token).plausible(), row.plausible);
    v1::TokenizeResponse response;
    ExpectRefused(AnswerTokenize(*keyset, PanRequest(kPan), response),
                  v1::ERROR_REASON_KEY_VERSION_DISABLED, {"no primary", kPan});
  }
}

TEST(SingleCalls, AnswerDataLossForAKeyThatDoesNotOpen) {
  const std::string token = TokenOf(*MakeKeyset({}), PanRequest(kPan)).token();
  const MemoryKek kek;
  auto stored = MakeStored({}, kek);
  stored.versions[0].wrapped_dek.back() ^= 1;
  const auto keyset = vault::Keyset::Unwrap(stored, kek, nullptr);
  ASSERT_THAT(keyset, IsOk());
  v1::TokenizeResponse response;
  ExpectRefused(AnswerTokenize(**keyset, PanRequest(kPan), response),
                v1::ERROR_REASON_KEY_CORRUPT, {"tokenize", kPan});
  ExpectRefused(Detokenize(**keyset, TokenRequest(token)),
                v1::ERROR_REASON_KEY_CORRUPT, {"detokenize", token});
}

TEST(SingleCalls, RefuseLengthsWithTooFewFreeDigits) {
  const auto keyset = MakeKeyset({.kept = KeptDigits::kBin6Last4});
  std::mt19937_64 random(3);
  for (const size_t length : {12u, 15u, 16u}) {
    const std::string pan = RandomPan(length, random);
    v1::TokenizeResponse response;
    ExpectRefused(AnswerTokenize(*keyset, PanRequest(pan), response),
                  v1::ERROR_REASON_DOMAIN_TOO_SMALL,
                  {absl::StrCat(length), pan});
    ExpectRefused(Detokenize(*keyset, TokenRequest(pan)),
                  v1::ERROR_REASON_DOMAIN_TOO_SMALL,
                  {absl::StrCat(length), pan});
    EXPECT_FALSE(Validate(*keyset, pan).plausible());
  }
}

TEST(SingleCalls, NeedTheKeyVersionOfAFloorToken) {
  const auto keyset = FloorKeyset();
  const auto tokenized = TokenOf(*keyset, PanRequest(kPan));
  EXPECT_TRUE(tokenized.key_version_required());
  EXPECT_EQ(tokenized.key_version(), 2u);
  EXPECT_TRUE(Validate(*keyset, tokenized.token()).plausible());
  EXPECT_EQ(Validate(*keyset, tokenized.token()).key_version(), 0u);

  auto request = TokenRequest(tokenized.token());
  ExpectRefused(Detokenize(*keyset, request),
                v1::ERROR_REASON_KEY_VERSION_REQUIRED,
                {"none", tokenized.token()});
  request.set_key_version(3);
  ExpectRefused(Detokenize(*keyset, request),
                v1::ERROR_REASON_KEY_VERSION_UNKNOWN,
                {"unknown", tokenized.token()});
  request.set_key_version(2);
  v1::DetokenizeResponse response;
  ASSERT_THAT(AnswerDetokenize(*keyset, request, response), IsOk());
  EXPECT_EQ(response.pan(), kPan);
}

}  // namespace
}  // namespace panvault::server
