// What this shows: a batch answers each item on its own, in order and under its
// reference, as a single call would; a bad item harms no other; and an answer's
// memory that was used before shows nothing of what it held.

#include "server/batch_calls.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/limits.h"
#include "server/single_calls.h"
#include "tests/server/expect_refused.h"
#include "tests/server/number_rows.h"
#include "tests/testing/keysets.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::ExpectRefused;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::MalformedNumbers;
using ::panvault::testing::NumberRow;
using ::panvault::testing::RandomPan;

constexpr char kPan[] = "4111111111111111";
// What nobody should find in an answer that was not asked about it.
constexpr char kStale[] = "5555555555554444";

void Add(v1::BatchTokenizeRequest& request, const std::string& pan,
         const std::string& reference = "", const std::string& context = "") {
  auto& item = *request.add_items();
  item.set_pan(pan);
  item.set_reference(reference);
  item.set_context(context);
}

void Add(v1::BatchDetokenizeRequest& request, const std::string& token,
         const std::string& reference = "", const std::string& context = "") {
  auto& item = *request.add_items();
  item.set_token(token);
  item.set_reference(reference);
  item.set_context(context);
}

class BatchCalls : public ::testing::Test {
 protected:
  // An answer that has been used before, for more items than any test has.
  BatchCalls() {
    detokenize_.set_reveal(v1::REVEAL_LEVEL_FULL);
    for (int i = 0; i < 40; ++i) {
      auto& tokenized = *tokens_.add_results();
      tokenized.set_reference(kStale);
      tokenized.mutable_tokenized()->set_token(kStale);
      tokenized.mutable_tokenized()->set_key_version(77);
      tokenized.mutable_tokenized()->set_key_version_required(true);
      auto& detokenized = *pans_.add_results();
      detokenized.set_reference(kStale);
      detokenized.mutable_detokenized()->set_pan(kStale);
    }
  }

  absl::Status Tokenize(const vault::Keyset& keyset) {
    return AnswerBatchTokenize(keyset, tokenize_, tokens_, counts_);
  }
  absl::Status Detokenize(const vault::Keyset& keyset) {
    return AnswerBatchDetokenize(keyset, detokenize_, pans_, counts_);
  }

  v1::BatchTokenizeRequest tokenize_;
  v1::BatchTokenizeResponse tokens_;
  v1::BatchDetokenizeRequest detokenize_;
  v1::BatchDetokenizeResponse pans_;
  ItemCounts counts_;
};

TEST_F(BatchCalls, HaveOneTo10000Items) {
  EXPECT_EQ(kBatchItemsMax, 10'000u);
  EXPECT_THAT(CheckBatchSize(1), IsOk());
  EXPECT_THAT(CheckBatchSize(10'000), IsOk());
  for (const size_t items : {size_t{0}, size_t{10'001}, SIZE_MAX}) {
    ExpectRefused(CheckBatchSize(items), v1::ERROR_REASON_BATCH_SIZE,
                  {absl::StrCat(items)});
  }

  const auto keyset = MakeKeyset({});
  ExpectRefused(Tokenize(*keyset), v1::ERROR_REASON_BATCH_SIZE, {"0"});
  ExpectRefused(Detokenize(*keyset), v1::ERROR_REASON_BATCH_SIZE, {"0"});
  for (int i = 0; i < 10'001; ++i) {
    Add(tokenize_, kPan);
    Add(detokenize_, kPan);
  }
  ExpectRefused(Tokenize(*keyset), v1::ERROR_REASON_BATCH_SIZE,
                {"10,001", kPan});
  ExpectRefused(Detokenize(*keyset), v1::ERROR_REASON_BATCH_SIZE,
                {"10,001", kPan});
  EXPECT_EQ(counts_.items, 0u);
}

TEST_F(BatchCalls, AnswerEveryMalformedPanAndServeTheOthers) {
  auto rows = MalformedNumbers();
  rows.push_back({"fails the Luhn check",
                  "4111111111111112",
                  v1::ERROR_REASON_PAN_LUHN,
                  {}});
  for (const NumberRow& row : rows) {
    Add(tokenize_, row.number, row.what);
    Add(tokenize_, kPan, "good");
  }
  const auto keyset = MakeKeyset({});
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  ASSERT_EQ(tokens_.results_size(), tokenize_.items_size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& bad = tokens_.results(static_cast<int>(2 * i));
    EXPECT_EQ(bad.reference(), rows[i].what);
    ASSERT_TRUE(bad.has_error()) << rows[i].what;
    ExpectRefused(bad.error(), rows[i].as_pan, {rows[i].what, rows[i].number});
    const auto& good = tokens_.results(static_cast<int>(2 * i + 1));
    EXPECT_EQ(good.reference(), "good");
    EXPECT_TRUE(good.has_tokenized()) << "beside " << rows[i].what;
  }
  EXPECT_EQ(counts_.items, 2 * rows.size());
  EXPECT_EQ(counts_.refused, rows.size());
  EXPECT_EQ(counts_.unknown, 0u);
}

TEST_F(BatchCalls, AnswerEveryMalformedTokenAndServeTheOthers) {
  const auto keyset = MakeKeyset({});
  Add(tokenize_, kPan);
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  const std::string token = tokens_.results(0).tokenized().token();

  auto rows = MalformedNumbers();
  rows.push_back(
      {"a card number by mistake", kPan, {}, v1::ERROR_REASON_TOKEN_UNKNOWN});
  for (const NumberRow& row : rows) {
    Add(detokenize_, row.number, row.what);
    Add(detokenize_, token, "good");
  }
  counts_ = ItemCounts();
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  ASSERT_EQ(pans_.results_size(), detokenize_.items_size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto& bad = pans_.results(static_cast<int>(2 * i));
    EXPECT_EQ(bad.reference(), rows[i].what);
    ASSERT_TRUE(bad.has_error()) << rows[i].what;
    ExpectRefused(bad.error(), rows[i].as_token,
                  {rows[i].what, rows[i].number});
    const auto& good = pans_.results(static_cast<int>(2 * i + 1));
    EXPECT_EQ(good.reference(), "good");
    EXPECT_EQ(good.detokenized().pan(), kPan) << "beside " << rows[i].what;
  }
  EXPECT_EQ(counts_.items, 2 * rows.size());
  EXPECT_EQ(counts_.refused, rows.size());
  EXPECT_EQ(counts_.unknown, 1u);
}

TEST_F(BatchCalls, TakeContextsAndReferencesOfUpTo64Bytes) {
  const std::string bytes = std::string("\0\xff\n", 3) + std::string(61, 'r');
  Add(tokenize_, kPan, bytes, bytes);
  Add(tokenize_, kPan, "a", bytes + "m");
  Add(tokenize_, kPan, bytes + "m", "a");
  // The reference is the caller's own rule to keep: it is told of that first.
  Add(tokenize_, "no PAN", bytes + "m", bytes + "m");
  const auto keyset = MakeKeyset({});
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  ASSERT_EQ(tokens_.results_size(), 4);
  EXPECT_TRUE(tokens_.results(0).has_tokenized());
  EXPECT_EQ(tokens_.results(0).reference(), bytes);
  EXPECT_EQ(tokens_.results(1).reference(), "a");
  ExpectRefused(tokens_.results(1).error(), v1::ERROR_REASON_CONTEXT_LENGTH,
                {"context", bytes});
  for (const int i : {2, 3}) {
    EXPECT_EQ(tokens_.results(i).reference(), "");
    ExpectRefused(tokens_.results(i).error(), v1::ERROR_REASON_REFERENCE_LENGTH,
                  {"reference", bytes});
  }

  Add(detokenize_, tokens_.results(0).tokenized().token(), bytes, bytes);
  Add(detokenize_, kPan, bytes + "m");
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  EXPECT_EQ(pans_.results(0).detokenized().pan(), kPan);
  EXPECT_EQ(pans_.results(0).reference(), bytes);
  EXPECT_EQ(pans_.results(1).reference(), "");
  ExpectRefused(pans_.results(1).error(), v1::ERROR_REASON_REFERENCE_LENGTH,
                {"reference", bytes});
}

TEST_F(BatchCalls, HoldNothingOfAFormerAnswer) {
  const auto keyset = MakeKeyset({});
  Add(tokenize_, kPan);
  Add(tokenize_, "no PAN");
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  ASSERT_EQ(tokens_.results_size(), 2);
  EXPECT_EQ(tokens_.results(0).tokenized().key_version(), 1u);
  EXPECT_FALSE(tokens_.results(0).tokenized().key_version_required());
  EXPECT_EQ(tokens_.results(1).outcome_case(), v1::BatchTokenizeResult::kError);
  EXPECT_EQ(tokens_.SerializeAsString().find(kStale), std::string::npos);

  Add(detokenize_, tokens_.results(0).tokenized().token());
  Add(detokenize_, "no token");
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  ASSERT_EQ(pans_.results_size(), 2);
  EXPECT_EQ(pans_.results(1).outcome_case(), v1::BatchDetokenizeResult::kError);
  EXPECT_EQ(pans_.SerializeAsString().find(kStale), std::string::npos);
}

TEST_F(BatchCalls, RevealAsMuchAsIsAskedFor) {
  const auto keyset = MakeKeyset({});
  Add(tokenize_, kPan);
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  Add(detokenize_, tokens_.results(0).tokenized().token());
  const struct {
    v1::RevealLevel level;
    const char* shown;
  } rows[] = {{v1::REVEAL_LEVEL_LAST4, "************1111"},
              {v1::REVEAL_LEVEL_BIN_LAST4, "411111******1111"},
              {v1::REVEAL_LEVEL_FULL, kPan}};
  for (const auto& row : rows) {
    detokenize_.set_reveal(row.level);
    ASSERT_THAT(Detokenize(*keyset), IsOk());
    EXPECT_EQ(pans_.results(0).detokenized().pan(), row.shown);
  }
}

TEST_F(BatchCalls, UseTheKeyVersionOfEachItem) {
  const auto keyset =
      MakeKeyset({.kept = vault::KeptDigits::kBin6Last4,
                  .allow_floor = true,
                  .versions = {{.version = 1, .slot = 1, .primary = false},
                               {.version = 2, .slot = 2}}});
  Add(tokenize_, kPan);
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  const auto& tokenized = tokens_.results(0).tokenized();
  EXPECT_EQ(tokenized.key_version(), 2u);
  EXPECT_TRUE(tokenized.key_version_required());

  for (const uint32_t version : {2u, 0u, 1u, 3u}) {
    Add(detokenize_, tokenized.token());
    detokenize_.mutable_items()->rbegin()->set_key_version(version);
  }
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  EXPECT_EQ(pans_.results(0).detokenized().pan(), kPan);
  ExpectRefused(pans_.results(1).error(), v1::ERROR_REASON_KEY_VERSION_REQUIRED,
                {"0", kPan});
  EXPECT_NE(pans_.results(2).detokenized().pan(), kPan);
  ExpectRefused(pans_.results(3).error(), v1::ERROR_REASON_KEY_VERSION_UNKNOWN,
                {"3", kPan});
}

// Random items: mostly good, some with a digit, a length or a byte wrong.
std::string RandomNumber(std::mt19937_64& random) {
  std::string number = RandomPan(12 + random() % 8, random);
  switch (random() % 8) {
    case 0:
      number[random() % number.size()] = static_cast<char>(random() % 256);
      break;
    case 1:
      number.resize(random() % 24, '7');
      break;
    default:
      break;
  }
  return number;
}

TEST_F(BatchCalls, AnswerLikeSingleCalls) {
  const auto keyset =
      MakeKeyset({.kept = vault::KeptDigits::kLast4,
                  .versions = {{.version = 1, .slot = 4, .primary = false},
                               {.version = 3, .slot = 7}}});
  std::mt19937_64 random(4);
  // Tokens of both key versions, of none, and what is no token at all.
  for (int i = 0; i < 1000; ++i) {
    const std::string context(random() % 70, 'm');
    Add(tokenize_, RandomNumber(random), absl::StrCat(i), context);
    Add(detokenize_, RandomNumber(random), absl::StrCat(i), context);
  }
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  for (int i = 0; i < 1000; ++i) {
    v1::TokenizeRequest tokenize;
    tokenize.set_pan(tokenize_.items(i).pan());
    tokenize.set_context(tokenize_.items(i).context());
    v1::BatchTokenizeResult tokenized;
    tokenized.set_reference(absl::StrCat(i));
    absl::Status status =
        AnswerTokenize(*keyset, tokenize, *tokenized.mutable_tokenized());
    if (!status.ok()) WriteItemError(status, *tokenized.mutable_error());
    EXPECT_EQ(tokens_.results(i).SerializeAsString(),
              tokenized.SerializeAsString());

    v1::DetokenizeRequest detokenize;
    detokenize.set_token(detokenize_.items(i).token());
    detokenize.set_context(detokenize_.items(i).context());
    detokenize.set_reveal(v1::REVEAL_LEVEL_FULL);
    v1::BatchDetokenizeResult detokenized;
    detokenized.set_reference(absl::StrCat(i));
    status = AnswerDetokenize(*keyset, detokenize,
                              *detokenized.mutable_detokenized());
    if (!status.ok()) WriteItemError(status, *detokenized.mutable_error());
    EXPECT_EQ(pans_.results(i).SerializeAsString(),
              detokenized.SerializeAsString());
  }
  EXPECT_EQ(counts_.items, 2000u);
}

TEST_F(BatchCalls, TurnTenThousandPansIntoTokensAndBack) {
  const auto keyset = MakeKeyset({});
  std::mt19937_64 random(5);
  std::vector<std::string> pans;
  for (int i = 0; i < 10'000; ++i) {
    pans.push_back(RandomPan(12 + random() % 8, random));
    Add(tokenize_, pans.back(), absl::StrCat(i));
  }
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  ASSERT_EQ(tokens_.results_size(), 10'000);
  for (const auto& result : tokens_.results()) {
    Add(detokenize_, result.tokenized().token(), result.reference());
  }
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  ASSERT_EQ(pans_.results_size(), 10'000);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(pans_.results(i).reference(), absl::StrCat(i));
    EXPECT_EQ(pans_.results(i).detokenized().pan(),
              pans[static_cast<size_t>(i)]);
  }
  EXPECT_EQ(counts_.items, 20'000u);
  EXPECT_EQ(counts_.refused, 0u);
}

}  // namespace
}  // namespace panvault::server
