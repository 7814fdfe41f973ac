// What this shows: each level shows its digits and no other, at every length.

#include "vault/reveal.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/testing/pans.h"

namespace panvault::vault {
namespace {

std::string Revealed(const std::string& pan, Reveal reveal) {
  std::string out(pan.size(), '?');
  WriteRevealed(Pan::Parse(pan).value(), reveal, absl::MakeSpan(out));
  return out;
}

TEST(Reveal, ShowsWhatTheLevelSays) {
  const std::string pan = "4111112222223332";
  EXPECT_EQ(Revealed(pan, Reveal::kLast4), "************3332");
  EXPECT_EQ(Revealed(pan, Reveal::kBinLast4), "411111******3332");
  EXPECT_EQ(Revealed(pan, Reveal::kFull), "4111112222223332");
  EXPECT_EQ(Revealed("500000000009", Reveal::kBinLast4), "500000**0009");
}

TEST(Reveal, NeverShowsMoreThanTheLevelAtAnyLength) {
  std::mt19937_64 random(3);
  for (size_t length = kPanDigitsMin; length <= kPanDigitsMax; ++length) {
    const std::string pan = testing::RandomPan(length, random);
    const std::string last4 = Revealed(pan, Reveal::kLast4);
    const std::string bin = Revealed(pan, Reveal::kBinLast4);
    for (size_t i = 0; i < length; ++i) {
      const bool is_last4 = i >= length - 4;
      EXPECT_EQ(last4[i], is_last4 ? pan[i] : '*') << length << " at " << i;
      EXPECT_EQ(bin[i], is_last4 || i < 6 ? pan[i] : '*')
          << length << " at " << i;
    }
    EXPECT_EQ(Revealed(pan, Reveal::kFull), pan);
  }
}

}  // namespace
}  // namespace panvault::vault
