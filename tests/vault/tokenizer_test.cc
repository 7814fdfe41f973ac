// What this shows: for every length and kept part, a token has the PAN's length
// and its kept digits, never passes Luhn, is always the same, and comes back as
// the PAN; and batches of any size and mixture give each item what it would get
// alone.

#include "vault/tokenizer.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"
#include "tests/vault/tokenize_one.h"
#include "vault/errors.h"
#include "vault/token_layout.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::DetokenizeOne;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::RandomPan;
using ::panvault::testing::Remainder;
using ::panvault::testing::TextOf;
using ::panvault::testing::TokenizeItemOf;
using ::panvault::testing::TokenizeOne;

constexpr KeptDigits kKept[] = {KeptDigits::kNone, KeptDigits::kLast4,
                                KeptDigits::kBin6Last4, KeptDigits::kBin8Last4};

TEST(Tokenizer, EveryLengthAndKeptPartGoesThereAndBack) {
  std::mt19937_64 random(1);
  for (const KeptDigits kept : kKept) {
    const auto keyset =
        MakeKeyset({.kept = kept,
                    .allow_floor = true,
                    .versions = {{7, 3, KeyState::kEnabled, true, 0}}});
    const KeptCounts counts = CountsOf(kept);
    for (const size_t length : PanLengthsOf(keyset->profile())) {
      const bool floor = length - counts.front - counts.back == 6;
      for (int i = 0; i < 50; ++i) {
        SCOPED_TRACE(absl::StrCat("kept ", static_cast<int>(kept), ", ", length,
                                  " digits, number ", i));
        const std::string pan = RandomPan(length, random);
        const TokenizeItem item = TokenizeItemOf(*keyset, pan, "shop");
        ASSERT_THAT(item.status, IsOk());
        const std::string token = item.token->ToString();
        EXPECT_EQ(token.size(), length);
        EXPECT_EQ(token.substr(0, counts.front), pan.substr(0, counts.front));
        EXPECT_EQ(token.substr(length - counts.back),
                  pan.substr(length - counts.back));
        EXPECT_EQ(item.key_version, 7u);
        EXPECT_EQ(item.key_version_required, floor);
        if (floor) {
          EXPECT_NE(Remainder(token), 0u);
        } else {
          EXPECT_EQ(Remainder(token), 3u);
        }
        EXPECT_EQ(DetokenizeOne(*keyset, token, {"shop", 7}), pan);
        if (floor) continue;
        EXPECT_EQ(DetokenizeOne(*keyset, token, {"shop"}), pan);
      }
    }
  }
}

TEST(Tokenizer, LengthsThatAProfileCannotTakeAreRefused) {
  std::mt19937_64 random(2);
  int refused = 0;
  for (const KeptDigits kept : kKept) {
    for (const bool allow_floor : {false, true}) {
      const auto keyset =
          MakeKeyset({.kept = kept, .allow_floor = allow_floor});
      const auto lengths = PanLengthsOf(keyset->profile());
      for (size_t length = 12; length <= 19; ++length) {
        const std::string pan = RandomPan(length, random);
        const bool fits =
            std::find(lengths.begin(), lengths.end(), length) != lengths.end();
        const TokenizeItem item = TokenizeItemOf(*keyset, pan);
        EXPECT_EQ(item.status.ok(), fits) << length;
        if (fits) continue;
        ++refused;
        EXPECT_EQ(FactsOf(item.status).reason, Reason::kDomainTooSmall);
        EXPECT_EQ(DetokenizeOne(*keyset, pan), "DOMAIN_TOO_SMALL");
      }
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(Tokenizer, SamePanAndContextGiveTheSameTokenOthersDoNot) {
  std::mt19937_64 random(3);
  const auto keyset = MakeKeyset({});
  const std::string pan = RandomPan(16, random);
  const std::string token = TokenizeOne(*keyset, pan, "a");
  EXPECT_EQ(TokenizeOne(*keyset, pan, "a"), token);
  EXPECT_EQ(TokenizeOne(*MakeKeyset({}), pan, "a"), token);
  EXPECT_NE(TokenizeOne(*keyset, pan, "b"), token);
  EXPECT_NE(TokenizeOne(*keyset, pan), token);
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    tokens.insert(TokenizeOne(*keyset, RandomPan(16, random), "a"));
  }
  EXPECT_EQ(tokens.size(), 1000u);
}

TEST(Tokenizer, AnotherContextGivesAnotherCardOrNone) {
  std::mt19937_64 random(4);
  const auto keyset = MakeKeyset({});
  for (int i = 0; i < 100; ++i) {
    const std::string pan = RandomPan(16, random);
    const std::string token = TokenizeOne(*keyset, pan, "a");
    EXPECT_NE(DetokenizeOne(*keyset, token, {"b"}), pan);
    EXPECT_NE(DetokenizeOne(*keyset, token), pan);
  }
}

TEST(Tokenizer, ContextMayHaveAnyBytes) {
  std::mt19937_64 random(5);
  const auto keyset = MakeKeyset({});
  const std::string pan = RandomPan(16, random);
  std::set<std::string> tokens;
  for (const std::string& context :
       {std::string("\0", 1), std::string("\0\0", 2), std::string("a\0b", 3),
        std::string("a\0c", 3), std::string("\xff\xfe"), std::string("é")}) {
    const std::string token = TokenizeOne(*keyset, pan, context);
    EXPECT_EQ(DetokenizeOne(*keyset, token, {context}), pan);
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 6u);
}

// A batch of `size`: every length, three contexts, every fifth item bad.
struct Batch {
  explicit Batch(size_t size) {
    std::mt19937_64 random(size);
    for (size_t i = 0; i < size; ++i) {
      texts.push_back(RandomPan(12 + i * 7 % 8, random));
      if (i % 5 == 4) texts.back().back() ^= 1;  // Luhn-invalid now.
      contexts.push_back(i % 3 == 0 ? "" : absl::StrCat("shop ", i % 3));
    }
  }
  static bool Bad(size_t i) { return i % 5 == 4; }
  std::vector<std::string> texts;
  std::vector<std::string> contexts;
};

TEST(Tokenizer, BatchesOfAnySizeGiveEachItemWhatItWouldGetAlone) {
  const auto keyset = MakeKeyset({});
  for (const size_t size :
       {0u, 1u, 2u, 255u, 256u, 257u, 511u, 512u, 513u, 1500u}) {
    const Batch batch(size);
    std::vector<TokenizeItem> items(size);
    for (size_t i = 0; i < size; ++i) {
      items[i].pan = batch.texts[i];
      items[i].context = batch.contexts[i];
    }
    Tokenize(*keyset, absl::MakeSpan(items));
    std::vector<std::string> tokens(size);
    std::vector<DetokenizeItem> back(size);
    for (size_t i = 0; i < size; ++i) {
      SCOPED_TRACE(absl::StrCat("item ", i, " of ", size));
      if (Batch::Bad(i)) {
        EXPECT_EQ(FactsOf(items[i].status).reason, Reason::kPanLuhn);
        EXPECT_FALSE(items[i].token.has_value());
        tokens[i] = "bad";
      } else {
        ASSERT_THAT(items[i].status, IsOk());
        tokens[i] = items[i].token->ToString();
        EXPECT_EQ(tokens[i],
                  TokenizeOne(*keyset, batch.texts[i], batch.contexts[i]));
      }
      back[i].token = tokens[i];
      back[i].context = batch.contexts[i];
    }
    Detokenize(*keyset, absl::MakeSpan(back));
    for (size_t i = 0; i < size; ++i) {
      SCOPED_TRACE(absl::StrCat("item ", i, " of ", size));
      if (Batch::Bad(i)) {
        EXPECT_EQ(FactsOf(back[i].status).reason, Reason::kTokenLength);
        EXPECT_FALSE(back[i].pan.has_value());
      } else {
        ASSERT_THAT(back[i].status, IsOk());
        EXPECT_EQ(TextOf(*back[i].pan), batch.texts[i]);
      }
    }
  }
}

TEST(Tokenizer, ItemsThatAreUsedAgainKeepNothingOfTheirLastUse) {
  std::mt19937_64 random(6);
  const auto keyset = MakeKeyset({});
  TokenizeItem item;
  const std::string pan = RandomPan(16, random);
  item.pan = pan;
  Tokenize(*keyset, absl::MakeSpan(&item, 1));
  ASSERT_TRUE(item.token.has_value());
  const std::string token = item.token->ToString();
  item.pan = "12";
  Tokenize(*keyset, absl::MakeSpan(&item, 1));
  EXPECT_FALSE(item.token.has_value());
  EXPECT_FALSE(item.status.ok());
  item.pan = pan;
  Tokenize(*keyset, absl::MakeSpan(&item, 1));
  EXPECT_THAT(item.status, IsOk());
  EXPECT_TRUE(item.token.has_value());

  DetokenizeItem back;
  back.token = token;
  Detokenize(*keyset, absl::MakeSpan(&back, 1));
  ASSERT_TRUE(back.pan.has_value());
  back.token = pan;  // Passes Luhn: no token.
  Detokenize(*keyset, absl::MakeSpan(&back, 1));
  EXPECT_FALSE(back.pan.has_value());
  EXPECT_FALSE(back.status.ok());
}

TEST(Tokenizer, OneKeysetServesManyThreads) {
  const auto keyset = MakeKeyset({});
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&keyset, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < 100; ++i) {
        const std::string pan = RandomPan(12 + random() % 8, random);
        const TokenizeItem item = TokenizeItemOf(*keyset, pan, "shop");
        ASSERT_THAT(item.status, IsOk());
        EXPECT_EQ(DetokenizeOne(*keyset, item.token->ToString(), {"shop"}),
                  pan);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace panvault::vault
