// What this shows: what the tokenizer computed stands in the answer digit by
// digit, with '*' for what is not revealed, also in memory that was used
// before.

#include "server/write_answer.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/testing/pans.h"

namespace panvault::server {
namespace {

using ::panvault::testing::RandomPan;
using vault::Reveal;

vault::TokenizeItem ItemOf(absl::string_view token) {
  vault::TokenizeItem item;
  const auto parsed = vault::Token::Parse(token);
  EXPECT_TRUE(parsed.ok());
  item.token = *parsed;
  return item;
}

std::string Revealed(absl::string_view pan, Reveal reveal, std::string out) {
  const auto parsed = vault::Pan::Parse(pan);
  EXPECT_TRUE(parsed.ok());
  WriteRevealedPan(*parsed, reveal, out);
  return out;
}

TEST(WriteAnswer, WritesTheDigitsOfAToken) {
  std::string out = "xxxxxxxxxxxxxx";
  WriteDigits(*ItemOf("012345678901").token, absl::MakeSpan(out).first(12));
  EXPECT_EQ(out, "012345678901xx");
}

TEST(WriteAnswer, WritesWhatATokenNeeds) {
  v1::TokenizeResponse response;
  vault::TokenizeItem item = ItemOf("9876543210987654321");
  item.key_version = 7;
  WriteTokenized(item, response);
  EXPECT_EQ(response.token(), "9876543210987654321");
  EXPECT_EQ(response.key_version(), 7u);
  EXPECT_FALSE(response.key_version_required());
}

TEST(WriteAnswer, LeavesNothingOfALongerAnswerBefore) {
  v1::TokenizeResponse response;
  vault::TokenizeItem item = ItemOf("9876543210987654321");
  item.key_version = 7;
  item.key_version_required = true;
  WriteTokenized(item, response);
  EXPECT_TRUE(response.key_version_required());
  WriteTokenized(ItemOf("012345678901"), response);
  EXPECT_EQ(response.token(), "012345678901");
  EXPECT_EQ(response.key_version(), 0u);
  EXPECT_FALSE(response.key_version_required());

  EXPECT_EQ(Revealed("4111111111111111", Reveal::kLast4, std::string(40, '7')),
            "************1111");
}

TEST(WriteAnswer, MasksAsTheProtoSays) {
  EXPECT_EQ(Revealed("4111111111111111", Reveal::kLast4, ""),
            "************1111");
  EXPECT_EQ(Revealed("4111111111111111", Reveal::kBinLast4, ""),
            "411111******1111");
  EXPECT_EQ(Revealed("4111111111111111", Reveal::kFull, ""),
            "4111111111111111");
}

TEST(WriteAnswer, MasksEveryLength) {
  std::mt19937_64 random(1);
  for (size_t length = 12; length <= 19; ++length) {
    const std::string pan = RandomPan(length, random);
    const std::string last4 = pan.substr(length - 4);
    EXPECT_EQ(Revealed(pan, Reveal::kFull, ""), pan);
    EXPECT_EQ(Revealed(pan, Reveal::kLast4, ""),
              std::string(length - 4, '*') + last4);
    EXPECT_EQ(Revealed(pan, Reveal::kBinLast4, ""),
              pan.substr(0, 6) + std::string(length - 10, '*') + last4);
  }
}

}  // namespace
}  // namespace panvault::server
