// What this shows: each way in which a PAN, a token or a context can be wrong
// has its reason, is refused without being quoted, and leaves the items beside
// it alone.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"
#include "tests/vault/tokenize_one.h"
#include "vault/errors.h"
#include "vault/tokenizer.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::DetokenizeOne;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::RandomPan;
using ::panvault::testing::Remainder;
using ::panvault::testing::TokenizeOne;
using ::panvault::testing::WithRemainder;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPan[] = "4111111111111111";

struct Row {
  const char* what;
  std::string text;
  std::string reason;  // After "PAN_" or "TOKEN_".
};

// What is wrong with a PAN and with a token alike.
std::vector<Row> MalformedRows() {
  return {
      {"empty", "", "LENGTH"},
      {"11 digits", "41111111111", "LENGTH"},
      {"20 digits", "41111111111111111111", "LENGTH"},
      {"very long", std::string(100'000, '4'), "LENGTH"},
      {"letters", "411111111111111a", "DIGITS"},
      {"all letters", "abcdefghijklmnop", "DIGITS"},
      {"spaces between", "4111 1111 1111 111", "DIGITS"},
      {"space before", " 4111111111111111", "DIGITS"},
      {"newline after", "4111111111111111\n", "DIGITS"},
      {"dashes", "4111-1111-1111-111", "DIGITS"},
      {"plus", "+411111111111111", "DIGITS"},
      {"full-width digits", "４１１１１１", "DIGITS"},  // 18 bytes.
      {"many full-width digits", "４１１１１１１１１１１１", "LENGTH"},
      {"Arabic-Indic digits", "٤١١١١١١١", "DIGITS"},  // 16 bytes.
      {"NUL within", std::string("41111111\0001111111", 16), "DIGITS"},
      {"NUL after", std::string("4111111111111111\0", 17), "DIGITS"},
      {"below 0", "411111111111111/", "DIGITS"},
      {"above 9", "411111111111111:", "DIGITS"},
      {"high bytes", std::string(16, '\xb4'), "DIGITS"},
  };
}

TEST(TokenizerInput, MalformedPansAreRefused) {
  const auto keyset = MakeKeyset({});
  for (const Row& row : MalformedRows()) {
    EXPECT_EQ(TokenizeOne(*keyset, row.text), "PAN_" + row.reason) << row.what;
  }
}

TEST(TokenizerInput, MalformedTokensAreRefused) {
  const auto keyset = MakeKeyset({});
  for (const Row& row : MalformedRows()) {
    EXPECT_EQ(DetokenizeOne(*keyset, row.text), "TOKEN_" + row.reason)
        << row.what;
    const auto check = CheckToken(*keyset, row.text);
    ASSERT_FALSE(check.ok()) << row.what;
    EXPECT_EQ(NameOf(FactsOf(check.status()).reason), "TOKEN_" + row.reason);
  }
}

TEST(TokenizerInput, PansWithAWrongCheckDigitAreRefused) {
  const auto keyset = MakeKeyset({});
  std::mt19937_64 random(1);
  for (size_t length = 12; length <= 19; ++length) {
    for (unsigned remainder = 0; remainder <= 9; ++remainder) {
      const std::string pan =
          WithRemainder(RandomPan(length, random), remainder);
      if (remainder == 0) {
        EXPECT_EQ(TokenizeOne(*keyset, pan).size(), length);
      } else {
        EXPECT_EQ(TokenizeOne(*keyset, pan), "PAN_LUHN") << remainder;
      }
    }
  }
}

TEST(TokenizerInput, CardNumbersAreNoTokens) {
  const auto keyset = MakeKeyset({});
  std::mt19937_64 random(2);
  for (size_t length = 12; length <= 19; ++length) {
    const std::string pan = RandomPan(length, random);
    EXPECT_EQ(DetokenizeOne(*keyset, pan), "TOKEN_UNKNOWN") << length;
    const auto check = CheckToken(*keyset, pan);
    ASSERT_THAT(check, IsOk());
    EXPECT_FALSE(check->plausible);
  }
}

TEST(TokenizerInput, TokensAreNoCardNumbers) {
  const auto keyset = MakeKeyset({});
  EXPECT_EQ(TokenizeOne(*keyset, TokenizeOne(*keyset, kPan)), "PAN_LUHN");
}

TEST(TokenizerInput, ContextHasAtMost64Bytes) {
  const auto keyset = MakeKeyset({});
  for (const size_t bytes : {1u, 63u, 64u}) {
    const std::string context(bytes, 'c');
    const std::string token = TokenizeOne(*keyset, kPan, context);
    EXPECT_EQ(DetokenizeOne(*keyset, token, {context}), kPan) << bytes;
  }
  const std::string token = TokenizeOne(*keyset, kPan);
  for (const size_t bytes : {65u, 100'000u}) {
    const std::string context(bytes, 'c');
    EXPECT_EQ(TokenizeOne(*keyset, kPan, context), "CONTEXT_LENGTH") << bytes;
    EXPECT_EQ(DetokenizeOne(*keyset, token, {context}), "CONTEXT_LENGTH")
        << bytes;
  }
}

TEST(TokenizerInput, NumberIsCheckedBeforeContextAndLayout) {
  const auto keyset = MakeKeyset({.kept = KeptDigits::kBin8Last4});
  const std::string long_context(65, 'c');
  EXPECT_EQ(TokenizeOne(*keyset, "4", long_context), "PAN_LENGTH");
  EXPECT_EQ(DetokenizeOne(*keyset, "4", {long_context}), "TOKEN_LENGTH");
  EXPECT_EQ(TokenizeOne(*keyset, kPan, long_context), "CONTEXT_LENGTH");
  EXPECT_EQ(TokenizeOne(*keyset, kPan), "DOMAIN_TOO_SMALL");
}

TEST(TokenizerInput, RefusalsDoNotQuoteWhatTheyRefuse) {
  const auto keyset = MakeKeyset({});
  const std::string digits = "4929123456781234";  // Wrong check digit or not.
  for (unsigned remainder = 0; remainder <= 9; ++remainder) {
    const std::string number = WithRemainder(digits, remainder);
    TokenizeItem item;
    item.pan = number;
    DetokenizeItem back;
    back.token = number;
    Tokenize(*keyset, absl::MakeSpan(&item, 1));
    Detokenize(*keyset, absl::MakeSpan(&back, 1));
    for (const absl::Status& status : {item.status, back.status}) {
      EXPECT_THAT(status.ToString(), Not(HasSubstr("4929")));
      EXPECT_THAT(status.ToString(), Not(HasSubstr("1234")));
    }
  }
}

TEST(TokenizerInput, BadItemsLeaveTheOthersAlone) {
  const auto keyset = MakeKeyset({});
  std::mt19937_64 random(3);
  // A bad item before, between and after good ones, of each kind in turn.
  std::vector<std::string> texts;
  for (const Row& row : MalformedRows()) {
    texts.push_back(row.text);
    texts.push_back(RandomPan(16, random));
  }
  texts.push_back(WithRemainder(RandomPan(16, random), 4));
  std::vector<TokenizeItem> items(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) items[i].pan = texts[i];
  Tokenize(*keyset, absl::MakeSpan(items));
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(items[i].status.ok(), i % 2 == 1) << i;
    if (i % 2 == 0) continue;
    EXPECT_EQ(items[i].token->ToString(), TokenizeOne(*keyset, texts[i])) << i;
  }
}

}  // namespace
}  // namespace panvault::vault
