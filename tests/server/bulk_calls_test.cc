// What this shows: bulk columns come back in their shape, value by value equal
// to single calls, and what fails has a '0' in place of each digit.

#include "server/bulk_calls.h"

#include <memory>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "server/limits.h"
#include "server/single_calls.h"
#include "tests/server/expect_refused.h"
#include "tests/testing/keysets.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::ExpectRefused;
using ::panvault::testing::IsOk;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::RandomPan;

constexpr char kPan[] = "4111111111111111";

v1::BulkTokenizeRequest Columns(uint32_t width, const std::string& digits) {
  v1::BulkTokenizeRequest request;
  request.add_columns()->set_width(width);
  request.mutable_columns(0)->set_digits(digits);
  return request;
}

class BulkCallsTest : public ::testing::Test {
 protected:
  absl::Status Tokenize(const v1::BulkTokenizeRequest& request) {
    return AnswerBulkTokenize(*keyset_, request, tokens_, counts_);
  }

  std::shared_ptr<const vault::Keyset> keyset_ = MakeKeyset({});
  v1::BulkTokenizeResponse tokens_;
  ItemCounts counts_;
};

TEST_F(BulkCallsTest, AgreesWithSingleCallsBothWaysForEveryWidth) {
  std::mt19937_64 random(1);
  v1::BulkTokenizeRequest request;
  request.set_context("shop-17");
  for (uint32_t width = 12; width <= 19; ++width) {
    v1::Column& column = *request.add_columns();
    column.set_width(width);
    for (int i = 0; i < 40; ++i) {
      column.mutable_digits()->append(RandomPan(width, random));
    }
  }
  ASSERT_THAT(Tokenize(request), IsOk());
  EXPECT_EQ(tokens_.errors_size(), 0);
  EXPECT_EQ(tokens_.key_version(), 1u);
  ASSERT_EQ(tokens_.columns_size(), 8);
  for (int c = 0; c < 8; ++c) {
    const uint32_t width = request.columns(c).width();
    ASSERT_EQ(tokens_.columns(c).width(), width);
    for (size_t at = 0; at < 40 * width; at += width) {
      v1::TokenizeRequest single;
      single.set_pan(request.columns(c).digits().substr(at, width));
      single.set_context("shop-17");
      v1::TokenizeResponse token;
      ASSERT_THAT(AnswerTokenize(*keyset_, single, token), IsOk());
      ASSERT_EQ(tokens_.columns(c).digits().substr(at, width), token.token());
    }
  }
  v1::BulkDetokenizeRequest back;
  back.set_context("shop-17");
  *back.mutable_columns() = tokens_.columns();
  v1::BulkDetokenizeResponse pans;
  ASSERT_THAT(AnswerBulkDetokenize(*keyset_, back, pans, counts_), IsOk());
  for (int c = 0; c < 8; ++c) {
    EXPECT_EQ(pans.columns(c).digits(), request.columns(c).digits());
  }
  EXPECT_EQ(counts_.items, 640u);
}

TEST_F(BulkCallsTest, BadValueIsZeroesAndAnErrorWithItsPlace) {
  const std::string bad = "4111111111111112";
  v1::BulkTokenizeRequest request = Columns(16, kPan + bad + kPan);
  request.add_columns()->set_width(12);  // Empty, and skipped over.
  request.add_columns()->set_width(13);
  request.mutable_columns(2)->set_digits("411111111111x");
  ASSERT_THAT(Tokenize(request), IsOk());
  ASSERT_EQ(tokens_.columns_size(), 3);
  const std::string& digits = tokens_.columns(0).digits();
  EXPECT_EQ(digits.substr(0, 16), digits.substr(32, 16));
  EXPECT_EQ(digits.substr(16, 16), std::string(16, '0'));
  EXPECT_EQ(tokens_.columns(1).digits(), "");
  EXPECT_EQ(tokens_.columns(2).digits(), std::string(13, '0'));
  ASSERT_EQ(tokens_.errors_size(), 2);
  EXPECT_EQ(tokens_.errors(0).column(), 0u);
  EXPECT_EQ(tokens_.errors(0).index(), 1u);
  ExpectRefused(tokens_.errors(0).error(), v1::ERROR_REASON_PAN_LUHN,
                {"Luhn", bad});
  EXPECT_EQ(tokens_.errors(1).column(), 2u);
  EXPECT_EQ(tokens_.errors(1).index(), 0u);
  ExpectRefused(tokens_.errors(1).error(), v1::ERROR_REASON_PAN_DIGITS,
                {"a letter", "411111111111x"});
  EXPECT_EQ(counts_.items, 4u);
  EXPECT_EQ(counts_.refused, 2u);
}

TEST_F(BulkCallsTest, ColumnsOfAnotherShapeAreRefusedWhole) {
  for (const uint32_t width : {0u, 1u, 11u, 20u, 4'000'000'000u}) {
    ExpectRefused(Tokenize(Columns(width, kPan)), v1::ERROR_REASON_COLUMN_SHAPE,
                  {"width", kPan});
  }
  ExpectRefused(Tokenize(Columns(16, std::string(kPan) + "4")),
                v1::ERROR_REASON_COLUMN_SHAPE, {"17 bytes", kPan});
  EXPECT_EQ(tokens_.columns_size(), 0);
  EXPECT_EQ(counts_.items, 0u);
}

TEST_F(BulkCallsTest, TakesOneToTheLimitOverAllColumns) {
  ExpectRefused(Tokenize({}), v1::ERROR_REASON_BATCH_SIZE, {"no column"});
  ExpectRefused(Tokenize(Columns(16, "")), v1::ERROR_REASON_BATCH_SIZE,
                {"an empty column"});
  std::string most;
  for (size_t i = 0; i < kBatchItemsMax; ++i) most += kPan;
  v1::BulkTokenizeRequest request = Columns(16, most);
  EXPECT_THAT(Tokenize(request), IsOk());
  request.add_columns()->set_width(16);
  request.mutable_columns(1)->set_digits(kPan);
  ExpectRefused(Tokenize(request), v1::ERROR_REASON_BATCH_SIZE,
                {"one too many", kPan});
}

TEST_F(BulkCallsTest, ContextOverItsLimitIsRefused) {
  v1::BulkTokenizeRequest request = Columns(16, kPan);
  request.set_context(std::string(64, 'c'));
  EXPECT_THAT(Tokenize(request), IsOk());
  request.set_context(std::string(65, 'c'));
  ExpectRefused(Tokenize(request), v1::ERROR_REASON_CONTEXT_LENGTH,
                {"65 bytes", "cccc"});
}

TEST_F(BulkCallsTest, WithoutAPrimaryKeyNothingIsTokenized) {
  keyset_ = MakeKeyset({.versions = {{.state = vault::KeyState::kDecryptOnly,
                                      .primary = false}}});
  ExpectRefused(Tokenize(Columns(16, kPan)),
                v1::ERROR_REASON_KEY_VERSION_DISABLED, {"no primary", kPan});
}

TEST_F(BulkCallsTest, ResponseThatIsUsedAgainHoldsNothingOfTheFormer) {
  ASSERT_THAT(Tokenize(Columns(16, std::string(kPan) + kPan)), IsOk());
  ASSERT_THAT(Tokenize(Columns(12, std::string(12, '1'))), IsOk());
  ASSERT_EQ(tokens_.columns_size(), 1);
  EXPECT_EQ(tokens_.columns(0).digits().size(), 12u);
  EXPECT_EQ(tokens_.errors_size(), 1);
}

}  // namespace
}  // namespace panvault::server
