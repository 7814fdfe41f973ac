// What this shows: for every kept part, over small domains walked whole, PANs
// and tokens are in one-to-one correspondence, no token passes Luhn, and the
// floor layout accepts exactly the tokens that it made. FF1 refuses domains
// this small, so a shuffled table stands in for it.

#include "vault/ff1_token.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "crypto/luhn.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/token_tweak.h"

namespace panvault::vault {
namespace {

using ::panvault::testing::IsOk;
using ::panvault::testing::StatusIs;

size_t Power(size_t exponent) {
  return exponent == 0 ? 1 : 10 * Power(exponent - 1);
}

size_t ReadNumber(absl::Span<const uint8_t> digits) {
  size_t number = 0;
  for (const uint8_t digit : digits) number = number * 10 + digit;
  return number;
}

void WriteNumber(size_t number, absl::Span<uint8_t> digits) {
  for (size_t i = digits.size(); i > 0; --i, number /= 10) {
    digits[i - 1] = static_cast<uint8_t>(number % 10);
  }
}

// One shuffled table per tweak and width.
class Toy {
 public:
  absl::Status Encrypt(const crypto::Ff1Batch& b) { return RunModel(b, false); }
  absl::Status Decrypt(const crypto::Ff1Batch& b) { return RunModel(b, true); }
  size_t messages() const { return messages_; }

 private:
  struct Tables {
    std::vector<size_t> forward;
    std::vector<size_t> back;
  };

  const Tables& For(const std::vector<uint8_t>& tweak, size_t width) {
    Tables& tables = tables_[{tweak, width}];
    if (tables.forward.empty()) {
      tables.forward.resize(Power(width));
      std::iota(tables.forward.begin(), tables.forward.end(), size_t{0});
      std::seed_seq seed(tweak.begin(), tweak.end());
      std::mt19937_64 random(seed);
      std::shuffle(tables.forward.begin(), tables.forward.end(), random);
      tables.back.resize(tables.forward.size());
      for (size_t i = 0; i < tables.forward.size(); ++i) {
        tables.back[tables.forward[i]] = i;
      }
    }
    return tables;
  }

  absl::Status RunModel(const crypto::Ff1Batch& b, bool back) {
    EXPECT_EQ(b.tweak_bytes, kTweakBytes);
    EXPECT_EQ(b.numerals.size() % b.length, 0u);
    EXPECT_EQ(b.numerals.size() / b.length, b.tweaks.size() / kTweakBytes);
    for (size_t i = 0; i < b.numerals.size() / b.length; ++i, ++messages_) {
      const auto tweak = b.tweaks.subspan(i * kTweakBytes, kTweakBytes);
      const Tables& tables = For({tweak.begin(), tweak.end()}, b.length);
      const auto digits = b.numerals.subspan(i * b.length, b.length);
      const size_t x = ReadNumber(digits);
      WriteNumber(back ? tables.back[x] : tables.forward[x], digits);
    }
    return absl::OkStatus();
  }

  std::map<std::pair<std::vector<uint8_t>, size_t>, Tables> tables_;
  size_t messages_ = 0;
};

// All numbers that share the kept digits of one layout.
struct Model {
  TokenLayout layout;
  std::vector<uint8_t> kept;  // A whole number; its free digits are replaced.
  std::vector<uint8_t> tweak;

  std::vector<uint8_t> NumberWith(size_t free) const {
    std::vector<uint8_t> number = kept;
    WriteNumber(free, absl::MakeSpan(number).subspan(layout.front,
                                                     layout.free_digits()));
    return number;
  }
  size_t FreeOf(absl::Span<const uint8_t> number) const {
    return ReadNumber(number.subspan(layout.front, layout.free_digits()));
  }
  bool KeepsKept(absl::Span<const uint8_t> number) const {
    const auto same = [&](size_t i) { return number[i] == kept[i]; };
    for (size_t i = 0; i < layout.length; ++i) {
      const bool is_free = i >= layout.front && i < layout.length - layout.back;
      if (!is_free && !same(i)) return false;
    }
    return true;
  }
  size_t size() const { return Power(layout.free_digits()); }
};

std::vector<Model> Models(LayoutKind kind) {
  std::vector<Model> models;
  std::mt19937_64 random(5);
  for (const KeptDigits kept :
       {KeptDigits::kNone, KeptDigits::kLast4, KeptDigits::kBin6Last4,
        KeptDigits::kBin8Last4}) {
    const KeptCounts counts = CountsOf(kept);
    for (size_t free = 3; free <= 5; ++free) {
      Model model;
      model.layout = {kind, counts.front + free + counts.back, counts.front,
                      counts.back};
      for (size_t i = 0; i < model.layout.length; ++i) {
        model.kept.push_back(static_cast<uint8_t>(random() % 10));
      }
      for (size_t i = 0; i < kTweakBytes; ++i) {
        model.tweak.push_back(static_cast<uint8_t>(random()));
      }
      models.push_back(model);
    }
  }
  return models;
}

std::string NameOf(const Model& model) {
  return absl::StrCat(model.layout.front, "+", model.layout.free_digits(), "+",
                      model.layout.back);
}

// Runs numbers given by their free digits, in batches; gives free digits back.
struct Outcome {
  std::vector<uint8_t> number;
  bool known = true;
};

std::vector<Outcome> RunModel(const Model& model,
                              const std::vector<size_t>& free, unsigned slot,
                              bool to_tokens, Toy& toy) {
  std::vector<Outcome> outcomes;
  for (size_t done = 0; done < free.size(); done += kTokenBatchMax) {
    const size_t count = std::min(kTokenBatchMax, free.size() - done);
    std::vector<uint8_t> digits;
    std::vector<uint8_t> tweaks;
    for (size_t i = 0; i < count; ++i) {
      const std::vector<uint8_t> number = model.NumberWith(free[done + i]);
      digits.insert(digits.end(), number.begin(), number.end());
      tweaks.insert(tweaks.end(), model.tweak.begin(), model.tweak.end());
    }
    const TokenBatch batch = {absl::MakeSpan(digits), tweaks};
    bool known[kTokenBatchMax];
    std::fill_n(known, count, true);
    const auto encrypt = [&](const crypto::Ff1Batch& b) {
      return toy.Encrypt(b);
    };
    const auto decrypt = [&](const crypto::Ff1Batch& b) {
      return toy.Decrypt(b);
    };
    EXPECT_THAT(to_tokens ? PansToTokens(model.layout, slot, encrypt, batch)
                          : TokensToPans(model.layout, decrypt, batch,
                                         absl::MakeSpan(known, count)),
                IsOk());
    for (size_t i = 0; i < count; ++i) {
      const auto number = absl::MakeSpan(digits).subspan(
          i * model.layout.length, model.layout.length);
      outcomes.push_back({{number.begin(), number.end()}, known[i]});
    }
  }
  return outcomes;
}

// The free digits of all numbers with Luhn remainder `remainder`.
std::vector<size_t> WithRemainder(const Model& model, unsigned remainder) {
  std::vector<size_t> free;
  for (size_t x = 0; x < model.size(); ++x) {
    if (crypto::LuhnRemainder(model.NumberWith(x)) == remainder) {
      free.push_back(x);
    }
  }
  return free;
}

TEST(Ff1Token, VersionedIsABijectionOntoTheSlotsRemainder) {
  Toy toy;
  for (const Model& model : Models(LayoutKind::kVersioned)) {
    const std::vector<size_t> pans = WithRemainder(model, 0);
    ASSERT_EQ(pans.size(), model.size() / 10) << NameOf(model);
    for (unsigned slot = 1; slot <= 9; ++slot) {
      SCOPED_TRACE(absl::StrCat(NameOf(model), " slot ", slot));
      const auto tokens = RunModel(model, pans, slot, true, toy);
      std::vector<bool> seen(model.size());
      std::vector<size_t> token_free;
      int wrong = 0;
      for (const Outcome& token : tokens) {
        const size_t free = model.FreeOf(token.number);
        wrong += crypto::LuhnRemainder(token.number) != slot;
        wrong += !model.KeepsKept(token.number);
        wrong += seen[free];
        seen[free] = true;
        token_free.push_back(free);
      }
      // As many as there are numbers of that remainder: so onto.
      EXPECT_EQ(tokens.size(), WithRemainder(model, slot).size());
      const auto back = RunModel(model, token_free, slot, false, toy);
      for (size_t i = 0; i < back.size(); ++i) {
        wrong += !back[i].known;
        wrong += back[i].number != model.NumberWith(pans[i]);
      }
      EXPECT_EQ(wrong, 0);
    }
  }
}

TEST(Ff1Token, FloorIsABijectionAndAcceptsWhatItMadeOnly) {
  Toy toy;
  for (const Model& model : Models(LayoutKind::kFloor)) {
    SCOPED_TRACE(NameOf(model));
    const std::vector<size_t> pans = WithRemainder(model, 0);
    const auto tokens = RunModel(model, pans, 1, true, toy);
    std::vector<size_t> pan_of(model.size(), SIZE_MAX);
    int wrong = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      const size_t free = model.FreeOf(tokens[i].number);
      wrong += crypto::LuhnRemainder(tokens[i].number) == 0;
      wrong += !model.KeepsKept(tokens[i].number);
      wrong += pan_of[free] != SIZE_MAX;
      pan_of[free] = pans[i];
    }
    EXPECT_EQ(wrong, 0);

    std::vector<size_t> all(model.size());
    std::iota(all.begin(), all.end(), size_t{0});
    const auto back = RunModel(model, all, 1, false, toy);
    size_t accepted = 0;
    for (size_t x = 0; x < all.size(); ++x) {
      accepted += back[x].known;
      wrong += back[x].known != (pan_of[x] != SIZE_MAX);
      if (back[x].known && pan_of[x] != SIZE_MAX) {
        wrong += back[x].number != model.NumberWith(pan_of[x]);
      }
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(accepted, model.size() / 10);
  }
}

TEST(Ff1Token, WalksTakeOneStepAndANinthOnAverage) {
  Toy toy;
  const Model model = Models(LayoutKind::kFloor)[2];
  const std::vector<size_t> pans = WithRemainder(model, 0);
  RunModel(model, pans, 1, true, toy);
  const double steps =
      static_cast<double>(toy.messages()) / static_cast<double>(pans.size());
  EXPECT_GT(steps, 1.08);
  EXPECT_LT(steps, 1.14);
}

TEST(Ff1Token, EachMessageHasItsOwnTweak) {
  Toy toy;
  const Model model = Models(LayoutKind::kVersioned)[0];
  std::vector<uint8_t> digits;
  std::vector<uint8_t> tweaks;
  const std::vector<uint8_t> pan = model.NumberWith(WithRemainder(model, 0)[7]);
  for (uint8_t i = 0; i < 4; ++i) {
    digits.insert(digits.end(), pan.begin(), pan.end());
    for (size_t b = 0; b < kTweakBytes; ++b) tweaks.push_back(i / 2);
  }
  const auto encrypt = [&](const crypto::Ff1Batch& b) {
    return toy.Encrypt(b);
  };
  ASSERT_THAT(
      PansToTokens(model.layout, 1, encrypt, {absl::MakeSpan(digits), tweaks}),
      IsOk());
  const size_t n = model.layout.length;
  EXPECT_TRUE(std::equal(&digits[0], &digits[n], &digits[n]));
  EXPECT_FALSE(std::equal(&digits[0], &digits[n], &digits[2 * n]));
  EXPECT_TRUE(std::equal(&digits[2 * n], &digits[3 * n], &digits[3 * n]));
}

// The longest walk that a permutation can ask for: through every number of
// remainder 0.
TEST(Ff1Token, TheLongestWalkEnds) {
  const Model model = Models(LayoutKind::kFloor)[0];
  const std::vector<size_t> zeros = WithRemainder(model, 0);
  const size_t start = WithRemainder(model, 1)[3];
  std::map<size_t, size_t> next;  // One cycle: start, the zeros, start.
  next[start] = zeros.front();
  for (size_t i = 0; i + 1 < zeros.size(); ++i) next[zeros[i]] = zeros[i + 1];
  next[zeros.back()] = start;
  const auto encrypt = [&](const crypto::Ff1Batch& b) {
    const auto found = next.find(ReadNumber(b.numerals));
    if (found != next.end()) WriteNumber(found->second, b.numerals);
    return absl::OkStatus();
  };
  std::vector<uint8_t> digits = model.NumberWith(start);
  ASSERT_THAT(
      PansToTokens(model.layout, 1, encrypt,
                   {absl::MakeSpan(digits), absl::MakeConstSpan(model.tweak)}),
      IsOk());
  EXPECT_EQ(model.FreeOf(digits), start);
}

TEST(Ff1Token, WhatIsNoPermutationEndsInAnError) {
  const Model model = Models(LayoutKind::kFloor)[0];
  const size_t zero = WithRemainder(model, 0)[0];
  const auto constant = [&](const crypto::Ff1Batch& b) {
    WriteNumber(zero, b.numerals);
    return absl::OkStatus();
  };
  std::vector<uint8_t> digits = model.NumberWith(zero);
  EXPECT_THAT(
      PansToTokens(model.layout, 1, constant,
                   {absl::MakeSpan(digits), absl::MakeConstSpan(model.tweak)}),
      StatusIs(absl::StatusCode::kInternal));
}

TEST(Ff1Token, AFailingPermutationIsPassedOn) {
  const auto failing = [](const crypto::Ff1Batch&) {
    return absl::InternalError("no cipher");
  };
  for (const LayoutKind kind : {LayoutKind::kVersioned, LayoutKind::kFloor}) {
    const Model model = Models(kind)[0];
    const std::vector<uint8_t> number =
        model.NumberWith(WithRemainder(model, 1)[0]);
    std::vector<uint8_t> digits = number;
    const TokenBatch batch = {absl::MakeSpan(digits),
                              absl::MakeConstSpan(model.tweak)};
    bool known[1] = {};
    EXPECT_EQ(PansToTokens(model.layout, 1, failing, batch),
              absl::InternalError("no cipher"));
    // In place: the batch points there.
    std::copy(number.begin(), number.end(), digits.begin());
    EXPECT_EQ(TokensToPans(model.layout, failing, batch, absl::MakeSpan(known)),
              absl::InternalError("no cipher"));
  }
}

TEST(Ff1Token, AWrongShapeIsAnErrorAndTouchesNothing) {
  const Model model = Models(LayoutKind::kVersioned)[0];
  const auto never = [](const crypto::Ff1Batch&) {
    ADD_FAILURE() << "permuted a batch of a wrong shape";
    return absl::OkStatus();
  };
  std::vector<uint8_t> digits(257 * model.layout.length);
  std::vector<uint8_t> tweaks(257 * kTweakBytes);
  const auto shape = [&](size_t digit_count, size_t tweak_count) {
    return PansToTokens(model.layout, 1, never,
                        {absl::MakeSpan(digits).first(digit_count),
                         absl::MakeConstSpan(tweaks).first(tweak_count)});
  };
  const size_t n = model.layout.length;
  EXPECT_THAT(shape(0, 0), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(shape(n + 1, kTweakBytes), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(shape(n, kTweakBytes - 1), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(shape(257 * n, 257 * kTweakBytes),
              StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace panvault::vault
