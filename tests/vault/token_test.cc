// What this shows: a Token is 12 to 19 digits, whatever its Luhn remainder, and
// prints as it was read.

#include "vault/token.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;

Reason ReasonOf(const absl::StatusOr<Token>& token) {
  return FactsOf(token.status()).reason;
}

TEST(Token, PrintsAsRead) {
  for (const char* const text : {"000000000000", "4111111111111111",
                                 "4111111111111112", "9999999999999999999"}) {
    const absl::StatusOr<Token> token = Token::Parse(text);
    ASSERT_THAT(token, IsOk()) << text;
    EXPECT_EQ(token->ToString(), text);
    ASSERT_OK_AND_ASSIGN(const Token again, Token::FromDigits(token->digits()));
    EXPECT_TRUE(again == *token);
  }
}

TEST(Token, RefusesInTheOrderOfTheRules) {
  EXPECT_EQ(ReasonOf(Token::Parse("")), Reason::kTokenLength);
  EXPECT_EQ(ReasonOf(Token::Parse("12345678901")), Reason::kTokenLength);
  EXPECT_EQ(ReasonOf(Token::Parse("1234567890x")), Reason::kTokenLength);
  EXPECT_EQ(ReasonOf(Token::Parse(std::string(20, '1'))), Reason::kTokenLength);
  EXPECT_EQ(ReasonOf(Token::Parse("12345678901 ")), Reason::kTokenDigits);
  EXPECT_EQ(ReasonOf(Token::Parse(std::string("12345678901\0", 12))),
            Reason::kTokenDigits);
  EXPECT_EQ(ReasonOf(Token::FromDigits(std::vector<uint8_t>(12, 10))),
            Reason::kTokenDigits);
  EXPECT_EQ(ReasonOf(Token::FromDigits(std::vector<uint8_t>(20, 1))),
            Reason::kTokenLength);
  EXPECT_EQ(Token::Parse("").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FactsOf(Token::Parse("").status()).field, "token");
}

TEST(Token, IsEqualOnlyToItself) {
  const Token a = Token::Parse("123456789012").value();
  EXPECT_TRUE(a == Token::Parse("123456789012").value());
  EXPECT_FALSE(a == Token::Parse("123456789013").value());
  EXPECT_FALSE(Token::Parse("000000000000").value() ==
               Token::Parse("0000000000000").value());
}

}  // namespace
}  // namespace panvault::vault
