// What this shows: the layout of every length and kept part is that of the
// table in docs/token-formats.md, written out here by hand.

#include "vault/token_layout.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/errors.h"
#include "vault/pan.h"

namespace panvault::vault {
namespace {

TokenProfile Profile(KeptDigits kept, bool allow_floor) {
  TokenProfile profile;
  profile.kept = kept;
  profile.allow_floor = allow_floor;
  return profile;
}

// "V 11", "F 6" or "-", as in the document.
std::string Cell(const TokenProfile& profile, size_t length) {
  const absl::StatusOr<TokenLayout> layout = LayoutFor(profile, length);
  if (!layout.ok()) {
    EXPECT_EQ(layout.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(FactsOf(layout.status()).reason, Reason::kDomainTooSmall);
    return "-";
  }
  return std::string(layout->kind == LayoutKind::kFloor ? "F " : "V ") +
         std::to_string(layout->permuted_digits());
}

struct Row {
  KeptDigits kept;
  const char* cells[8];
};

// n = 12 to 19, with allow_floor.
const Row kTable[] = {
    {KeptDigits::kNone,
     {"V 11", "V 12", "V 13", "V 14", "V 15", "V 16", "V 17", "V 18"}},
    {KeptDigits::kLast4,
     {"V 7", "V 8", "V 9", "V 10", "V 11", "V 12", "V 13", "V 14"}},
    {KeptDigits::kBin6Last4, {"-", "-", "-", "-", "F 6", "V 6", "V 7", "V 8"}},
    {KeptDigits::kBin8Last4, {"-", "-", "-", "-", "-", "-", "F 6", "V 6"}},
};

TEST(TokenLayout, IsThatOfTheDocument) {
  for (const Row& row : kTable) {
    for (size_t length = kPanDigitsMin; length <= kPanDigitsMax; ++length) {
      const std::string want = row.cells[length - kPanDigitsMin];
      EXPECT_EQ(Cell(Profile(row.kept, true), length), want) << length;
      EXPECT_EQ(Cell(Profile(row.kept, false), length),
                want[0] == 'F' ? "-" : want)
          << length;
    }
  }
}

TEST(TokenLayout, PlacesTheDigits) {
  for (const Row& row : kTable) {
    for (size_t length = kPanDigitsMin; length <= kPanDigitsMax; ++length) {
      const auto layout = LayoutFor(Profile(row.kept, true), length);
      if (!layout.ok()) continue;
      const KeptCounts kept = CountsOf(row.kept);
      EXPECT_EQ(layout->length, length);
      EXPECT_EQ(layout->front, kept.front);
      EXPECT_EQ(layout->back, kept.back);
      EXPECT_EQ(layout->free_digits(), length - kept.front - kept.back);
      EXPECT_EQ(layout->check_position(), length - kept.back - 1);
    }
  }
}

TEST(TokenLayout, CountsAreThoseOfTheNames) {
  EXPECT_EQ(CountsOf(KeptDigits::kNone).front, 0u);
  EXPECT_EQ(CountsOf(KeptDigits::kNone).back, 0u);
  EXPECT_EQ(CountsOf(KeptDigits::kLast4).front, 0u);
  EXPECT_EQ(CountsOf(KeptDigits::kLast4).back, 4u);
  EXPECT_EQ(CountsOf(KeptDigits::kBin6Last4).front, 6u);
  EXPECT_EQ(CountsOf(KeptDigits::kBin6Last4).back, 4u);
  EXPECT_EQ(CountsOf(KeptDigits::kBin8Last4).front, 8u);
  EXPECT_EQ(CountsOf(KeptDigits::kBin8Last4).back, 4u);
}

TEST(TokenLayout, RefusesLengthsThatNoPanHas) {
  EXPECT_EQ(LayoutFor(Profile(KeptDigits::kNone, true), 11).status().code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(LayoutFor(Profile(KeptDigits::kNone, true), 20).status().code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace panvault::vault
