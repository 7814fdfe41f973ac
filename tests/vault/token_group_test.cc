// What this shows: a group gives each of its numbers what the number would get
// alone, context by context, takes no more and no other numbers than fit, and
// leaves no digits behind.

#include "vault/token_group.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/keysets.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::RandomPan;
using ::panvault::testing::StatusIs;

std::string TextOf(absl::Span<const uint8_t> digits) {
  std::string text;
  for (const uint8_t digit : digits) text += static_cast<char>('0' + digit);
  return text;
}

// What `pan` becomes under `keys`, from the parts that have tests of their own.
std::string TokenAlone(const VersionKeys& keys, const TokenLayout& layout,
                       const std::string& pan, absl::string_view context) {
  std::vector<uint8_t> digits;
  for (const char c : pan) digits.push_back(static_cast<uint8_t>(c - '0'));
  std::vector<uint8_t> tweak(kTweakBytes);
  const auto tag = ContextTagOf(keys.tweak_key, context);
  EXPECT_THAT(tag, IsOk());
  WriteTweak(layout, digits, *tag, absl::MakeSpan(tweak));
  EXPECT_THAT(PansToTokens(layout, keys.slot,
                           [&](const crypto::Ff1Batch& b) {
                             return keys.ff1.Encrypt(b);
                           },
                           {absl::MakeSpan(digits), tweak}),
              IsOk());
  return TextOf(digits);
}

class TokenGroupTest : public ::testing::Test {
 protected:
  const VersionKeys& keys() const { return **keyset_->Primary(); }
  TokenLayout LayoutOf(size_t length) const {
    return *LayoutFor(keyset_->profile(), length);
  }

  // 16 digits: the floor layout; 19: the versioned one.
  const std::shared_ptr<const Keyset> keyset_ =
      MakeKeyset({.kept = KeptDigits::kBin6Last4,
                  .allow_floor = true,
                  .versions = {{3, 5, KeyState::kEnabled, true, 0}}});
  std::mt19937_64 random_{7};
};

TEST_F(TokenGroupTest, EachNumberGetsWhatItWouldGetAlone) {
  for (const size_t length : {16u, 19u}) {
    const TokenLayout layout = LayoutOf(length);
    for (const size_t size : {1u, 2u, 3u, 64u, 255u, 256u}) {
      std::vector<std::string> pans;
      std::vector<std::string> contexts;
      TokenGroup group(keys(), layout);
      for (size_t i = 0; i < size; ++i) {
        pans.push_back(RandomPan(length, random_));
        // Runs of equal contexts, none, and changes back and forth.
        contexts.push_back(i % 5 == 0 ? "" : absl::StrCat("shop ", i / 3 % 4));
      }
      for (size_t i = 0; i < size; ++i) {
        ASSERT_THAT(group.Add(pans[i], contexts[i]), IsOk());
        EXPECT_EQ(TextOf(group.digits(i)), pans[i]);
      }
      ASSERT_THAT(group.PansToTokens(), IsOk());
      for (size_t i = 0; i < size; ++i) {
        EXPECT_EQ(TextOf(group.digits(i)),
                  TokenAlone(keys(), layout, pans[i], contexts[i]))
            << length << " digits, number " << i << " of " << size;
      }
      ASSERT_THAT(group.TokensToPans(), IsOk());
      for (size_t i = 0; i < size; ++i) {
        EXPECT_TRUE(group.known(i));
        EXPECT_EQ(TextOf(group.digits(i)), pans[i]);
      }
    }
  }
}

TEST_F(TokenGroupTest, ContextCountsByItsBytesNotByWhereTheyAre) {
  const std::string pan = RandomPan(19, random_);
  TokenGroup group(keys(), LayoutOf(19));
  const std::string first = "shop";
  const std::string second = "shop";
  const std::string third = "shoq";
  ASSERT_THAT(group.Add(pan, first), IsOk());
  ASSERT_THAT(group.Add(pan, second), IsOk());
  ASSERT_THAT(group.Add(pan, third), IsOk());
  ASSERT_THAT(group.Add(pan, absl::string_view(third).substr(0, 3)), IsOk());
  ASSERT_THAT(group.Add(pan, ""), IsOk());
  ASSERT_THAT(group.Add(pan, absl::string_view("shop\0", 5)), IsOk());
  ASSERT_THAT(group.PansToTokens(), IsOk());
  EXPECT_EQ(group.digits(0), group.digits(1));
  for (const size_t i : {2u, 3u, 4u, 5u}) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(group.digits(i), group.digits(j));
  }
}

TEST_F(TokenGroupTest, FloorTokensThatWereNeverMadeAreNotKnown) {
  // Among tokens that were: one in nine invented ones passes for a real one.
  std::vector<std::string> numbers;
  for (unsigned i = 0; i < 128; ++i) {
    const std::string pan = RandomPan(16, random_);
    numbers.push_back(TokenAlone(keys(), LayoutOf(16), pan, ""));
    numbers.push_back(
        panvault::testing::WithRemainder(RandomPan(16, random_), 1 + i % 9));
  }
  TokenGroup group(keys(), LayoutOf(16));
  for (const std::string& number : numbers) {
    ASSERT_THAT(group.Add(number, ""), IsOk());
  }
  ASSERT_THAT(group.TokensToPans(), IsOk());
  int invented = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i % 2 == 0) {
      EXPECT_TRUE(group.known(i)) << i;
    } else {
      invented += group.known(i) ? 1 : 0;
    }
  }
  EXPECT_LT(invented, 40);  // 14 are expected of 128.
}

TEST_F(TokenGroupTest, TakesNoNumberOfAnotherLength) {
  TokenGroup group(keys(), LayoutOf(19));
  for (const size_t length : {0u, 12u, 16u, 18u, 20u}) {
    EXPECT_THAT(group.Add(std::string(length, '0'), ""),
                StatusIs(absl::StatusCode::kInternal))
        << length;
  }
  // And is none the worse for it.
  const std::string pan = RandomPan(19, random_);
  ASSERT_THAT(group.Add(pan, ""), IsOk());
  ASSERT_THAT(group.PansToTokens(), IsOk());
  EXPECT_EQ(TextOf(group.digits(0)), TokenAlone(keys(), LayoutOf(19), pan, ""));
}

TEST_F(TokenGroupTest, TakesNoMoreThanFit) {
  TokenGroup group(keys(), LayoutOf(19));
  const std::string pan = RandomPan(19, random_);
  for (size_t i = 0; i < kTokenBatchMax; ++i) {
    ASSERT_THAT(group.Add(pan, ""), IsOk());
  }
  EXPECT_THAT(group.Add(pan, ""), StatusIs(absl::StatusCode::kInternal));
}

TEST_F(TokenGroupTest, LeavesNoDigitsBehind) {
  const std::string pan = RandomPan(19, random_);
  std::vector<uint8_t> digits;
  for (const char c : pan) digits.push_back(static_cast<uint8_t>(c - '0'));
  alignas(TokenGroup) static unsigned char memory[sizeof(TokenGroup)];
  std::fill(std::begin(memory), std::end(memory), 0xee);
  const auto holds_digits = [&digits] {
    // Through volatile: the compiler may think the bytes are gone.
    const volatile unsigned char* const bytes = memory;
    const std::vector<uint8_t> seen(bytes, bytes + sizeof(memory));
    return std::search(seen.begin(), seen.end(), digits.begin(),
                       digits.end()) != seen.end();
  };
  auto* const group = new (memory) TokenGroup(keys(), LayoutOf(19));
  for (size_t i = 0; i < kTokenBatchMax; ++i) {
    ASSERT_THAT(group->Add(pan, ""), IsOk());
  }
  EXPECT_TRUE(holds_digits());
  group->~TokenGroup();
  EXPECT_FALSE(holds_digits());
}

}  // namespace
}  // namespace panvault::vault
