// What this shows: a batch gives each item the outcome that a single call would
// have had, in order, and one bad item costs nobody else anything.

#include "server/batch_calls.h"

#include <memory>
#include <random>
#include <string>

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

class BatchCallsTest : public ::testing::Test {
 protected:
  std::shared_ptr<const vault::Keyset> keyset_ = MakeKeyset({});
  ItemCounts counts_;
};

TEST(CheckBatchSize, TakesOneToTheLimit) {
  EXPECT_THAT(CheckBatchSize(1), IsOk());
  EXPECT_THAT(CheckBatchSize(kBatchItemsMax), IsOk());
  ExpectRefused(CheckBatchSize(0), v1::ERROR_REASON_BATCH_SIZE, {"none"});
  ExpectRefused(CheckBatchSize(kBatchItemsMax + 1), v1::ERROR_REASON_BATCH_SIZE,
                {"one too many"});
}

TEST_F(BatchCallsTest, AgreesWithSingleCallsBothWays) {
  std::mt19937_64 random(1);
  v1::BatchTokenizeRequest request;
  for (int i = 0; i < 1000; ++i) {
    v1::BatchTokenizeItem& item = *request.add_items();
    item.set_pan(RandomPan(12 + i % 8, random));
    if (i % 3 == 0) item.set_context(absl::StrCat("shop-", i % 5));
  }
  v1::BatchTokenizeResponse tokens;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, request, tokens, counts_), IsOk());
  ASSERT_EQ(tokens.results_size(), 1000);
  v1::BatchDetokenizeRequest back;
  back.set_reveal(v1::REVEAL_LEVEL_FULL);
  for (int i = 0; i < 1000; ++i) {
    v1::TokenizeRequest single;
    single.set_pan(request.items(i).pan());
    single.set_context(request.items(i).context());
    v1::TokenizeResponse token;
    ASSERT_THAT(AnswerTokenize(*keyset_, single, token), IsOk());
    ASSERT_EQ(tokens.results(i).tokenized().SerializeAsString(),
              token.SerializeAsString());
    v1::BatchDetokenizeItem& item = *back.add_items();
    item.set_token(token.token());
    item.set_context(single.context());
  }
  v1::BatchDetokenizeResponse pans;
  ASSERT_THAT(AnswerBatchDetokenize(*keyset_, back, pans, counts_), IsOk());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(pans.results(i).detokenized().pan(), request.items(i).pan());
  }
  EXPECT_EQ(counts_.items, 2000u);
  EXPECT_EQ(counts_.refused, 0u);
}

TEST_F(BatchCallsTest, EachBadPanHasItsReasonAndTheOthersAreServed) {
  v1::BatchTokenizeRequest request;
  const std::vector<NumberRow> rows = MalformedNumbers();
  for (const NumberRow& row : rows) {
    request.add_items()->set_pan(row.number);
    request.add_items()->set_pan(kPan);
  }
  v1::BatchTokenizeResponse response;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, request, response, counts_),
              IsOk());
  for (size_t i = 0; i < rows.size(); ++i) {
    const int at = static_cast<int>(2 * i);
    ExpectRefused(response.results(at).error(), rows[i].as_pan,
                  {rows[i].what, rows[i].number});
    EXPECT_EQ(response.results(at + 1).tokenized().token().size(), 16u);
  }
  EXPECT_EQ(counts_.items, 2 * rows.size());
  EXPECT_EQ(counts_.refused, rows.size());
  EXPECT_EQ(counts_.unknown, 0u);
}

TEST_F(BatchCallsTest, EachBadTokenHasItsReason) {
  v1::BatchDetokenizeRequest request;
  request.set_reveal(v1::REVEAL_LEVEL_FULL);
  const std::vector<NumberRow> rows = MalformedNumbers();
  for (const NumberRow& row : rows) {
    request.add_items()->set_token(row.number);
  }
  request.add_items()->set_token(kPan);  // A card number by mistake.
  v1::BatchDetokenizeResponse response;
  ASSERT_THAT(AnswerBatchDetokenize(*keyset_, request, response, counts_),
              IsOk());
  for (size_t i = 0; i < rows.size(); ++i) {
    ExpectRefused(response.results(static_cast<int>(i)).error(),
                  rows[i].as_token, {rows[i].what, rows[i].number});
  }
  ExpectRefused(response.results(static_cast<int>(rows.size())).error(),
                v1::ERROR_REASON_TOKEN_UNKNOWN, {"a card number", kPan});
  EXPECT_EQ(counts_.unknown, 1u);
}

TEST_F(BatchCallsTest, ReferencesAreEchoedUpToTheirLimit) {
  v1::BatchTokenizeRequest request;
  for (const size_t bytes : {0, 1, 64, 65}) {
    v1::BatchTokenizeItem& item = *request.add_items();
    item.set_pan(kPan);
    item.set_reference(std::string(bytes, '\xff'));
  }
  v1::BatchTokenizeResponse response;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, request, response, counts_),
              IsOk());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(response.results(i).reference(), request.items(i).reference());
    EXPECT_TRUE(response.results(i).has_tokenized());
  }
  EXPECT_EQ(response.results(3).reference(), "");
  ExpectRefused(response.results(3).error(), v1::ERROR_REASON_REFERENCE_LENGTH,
                {"65 bytes", request.items(3).reference()});
}

TEST_F(BatchCallsTest, ContextOverItsLimitIsTheItemsError) {
  v1::BatchTokenizeRequest request;
  for (const size_t bytes : {64, 65}) {
    request.add_items()->set_pan(kPan);
    request.mutable_items()->rbegin()->set_context(std::string(bytes, 'c'));
  }
  v1::BatchTokenizeResponse response;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, request, response, counts_),
              IsOk());
  EXPECT_TRUE(response.results(0).has_tokenized());
  ExpectRefused(response.results(1).error(), v1::ERROR_REASON_CONTEXT_LENGTH,
                {"65 bytes", "cccc"});
}

TEST_F(BatchCallsTest, ResponseThatIsUsedAgainHoldsNothingOfTheFormer) {
  v1::BatchTokenizeRequest request;
  for (int i = 0; i < 3; ++i) {
    request.add_items()->set_pan(kPan);
    request.mutable_items(i)->set_reference("old");
  }
  v1::BatchTokenizeResponse used;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, request, used, counts_), IsOk());
  v1::BatchTokenizeRequest second;
  second.add_items()->set_pan("1");
  v1::BatchTokenizeResponse fresh;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, second, used, counts_), IsOk());
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, second, fresh, counts_), IsOk());
  EXPECT_EQ(used.SerializeAsString(), fresh.SerializeAsString());
}

TEST_F(BatchCallsTest, WrongSizeChangesNothing) {
  v1::BatchTokenizeResponse response;
  response.add_results()->set_reference("kept");
  ExpectRefused(AnswerBatchTokenize(*keyset_, v1::BatchTokenizeRequest(),
                                    response, counts_),
                v1::ERROR_REASON_BATCH_SIZE, {"none"});
  EXPECT_EQ(response.results(0).reference(), "kept");
  EXPECT_EQ(counts_.items, 0u);
}

}  // namespace
}  // namespace panvault::server
