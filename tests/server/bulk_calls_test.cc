// What this shows: columns come back in their shape and order, value by value
// what a batch would answer; a refused value leaves zeros and an error that
// names its place; a column that is no column is refused as a whole.

#include "server/bulk_calls.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/batch_calls.h"
#include "tests/server/expect_refused.h"
#include "tests/testing/keysets.h"
#include "tests/testing/pans.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::ExpectRefused;
using ::panvault::testing::IsOk;
using ::panvault::testing::Leaks;
using ::panvault::testing::MakeKeyset;
using ::panvault::testing::RandomPan;

constexpr char kPan[] = "4111111111111111";
constexpr char kStale[] = "5555555555554444";

template <typename Request>
void AddColumn(Request& request, uint32_t width, const std::string& digits) {
  v1::Column& column = *request.add_columns();
  column.set_width(width);
  column.set_digits(digits);
}

// What a column holds at `index`.
std::string ValueAt(const v1::Column& column, size_t index) {
  return column.digits().substr(index * column.width(), column.width());
}

class BulkCalls : public ::testing::Test {
 protected:
  // Answers that have been used before.
  BulkCalls() {
    for (int i = 0; i < 10; ++i) {
      AddColumn(tokens_, 16, kStale);
      AddColumn(pans_, 16, kStale);
      tokens_.add_errors()->set_index(77);
      pans_.add_errors()->set_index(77);
    }
    tokens_.set_key_version(77);
  }

  absl::Status Tokenize(const vault::Keyset& keyset) {
    return AnswerBulkTokenize(keyset, tokenize_, tokens_, counts_);
  }
  absl::Status Detokenize(const vault::Keyset& keyset) {
    return AnswerBulkDetokenize(keyset, detokenize_, pans_, counts_);
  }

  // Both directions refuse these columns as a whole.
  void ExpectBothRefused(v1::ErrorReason reason, const testing::Sent& sent) {
    *detokenize_.mutable_columns() = tokenize_.columns();
    detokenize_.set_context(tokenize_.context());
    ExpectRefused(Tokenize(*keyset_), reason, sent);
    ExpectRefused(Detokenize(*keyset_), reason, sent);
    EXPECT_EQ(counts_.items, 0u) << sent.what;
    tokenize_.clear_columns();
  }

  const std::shared_ptr<const vault::Keyset> keyset_ =
      MakeKeyset({.versions = {{.version = 1, .slot = 1, .primary = false},
                               {.version = 4, .slot = 3}}});
  v1::BulkTokenizeRequest tokenize_;
  v1::BulkTokenizeResponse tokens_;
  v1::BulkDetokenizeRequest detokenize_;
  v1::BulkDetokenizeResponse pans_;
  ItemCounts counts_;
};

TEST_F(BulkCalls, RefuseAWidthThatIsNoPanLength) {
  for (const uint32_t width : {0u, 1u, 11u, 20u, 48u, UINT32_MAX}) {
    AddColumn(tokenize_, 16, kPan);
    AddColumn(tokenize_, width, std::string(size_t{11} * 20 * 48, '4'));
    ExpectBothRefused(v1::ERROR_REASON_COLUMN_SHAPE,
                      {absl::StrCat(width), "4444"});
  }
  AddColumn(tokenize_, 0, "");
  ExpectBothRefused(v1::ERROR_REASON_COLUMN_SHAPE, {"empty, width 0"});
}

TEST_F(BulkCalls, RefuseAColumnThatIsNoWholeNumberOfValues) {
  for (const size_t bytes : {1u, 15u, 17u, 31u, 33u}) {
    AddColumn(tokenize_, 16, kPan);
    AddColumn(tokenize_, 16, std::string(bytes, '4'));
    ExpectBothRefused(v1::ERROR_REASON_COLUMN_SHAPE,
                      {absl::StrCat(bytes), "4444"});
  }
}

TEST_F(BulkCalls, HaveOneTo10000ValuesOverAllColumns) {
  ExpectBothRefused(v1::ERROR_REASON_BATCH_SIZE, {"no column"});
  AddColumn(tokenize_, 16, "");
  AddColumn(tokenize_, 12, "");
  ExpectBothRefused(v1::ERROR_REASON_BATCH_SIZE, {"empty columns"});
  AddColumn(tokenize_, 12, std::string(12 * 5000, '4'));
  AddColumn(tokenize_, 13, std::string(13 * 5001, '4'));
  ExpectBothRefused(v1::ERROR_REASON_BATCH_SIZE, {"10,001", "4444"});

  for (int i = 0; i < 10'000; ++i) AddColumn(tokenize_, 12, "");
  AddColumn(tokenize_, 16, kPan);
  ExpectBothRefused(v1::ERROR_REASON_BATCH_SIZE, {"10,001 columns", kPan});

  AddColumn(tokenize_, 12, std::string(12 * 5000, '0'));
  AddColumn(tokenize_, 13, std::string(13 * 5000, '0'));
  ASSERT_THAT(Tokenize(*keyset_), IsOk());
  EXPECT_EQ(counts_.items, 10'000u);
  EXPECT_EQ(counts_.refused, 0u);  // Zeros pass the Luhn check.
}

TEST_F(BulkCalls, RefuseAContextOfOver64Bytes) {
  AddColumn(tokenize_, 16, kPan);
  tokenize_.set_context(std::string(65, 'm'));
  ExpectBothRefused(v1::ERROR_REASON_CONTEXT_LENGTH, {"65", "mmmm"});
  AddColumn(tokenize_, 16, kPan);
  tokenize_.set_context(std::string(64, 'm'));
  EXPECT_THAT(Tokenize(*keyset_), IsOk());
}

TEST_F(BulkCalls, RefuseAProfileThatMakesNoTokens) {
  const auto keyset =
      MakeKeyset({.versions = {{.version = 1,
                                .state = vault::KeyState::kDecryptOnly,
                                .primary = false}}});
  AddColumn(tokenize_, 16, kPan);
  ExpectRefused(Tokenize(*keyset), v1::ERROR_REASON_KEY_VERSION_DISABLED,
                {"no primary", kPan});
}

TEST_F(BulkCalls, AnswerARefusedValueWithZerosAndItsPlace) {
  AddColumn(tokenize_, 16, absl::StrCat(kPan, "4111111111111112", kPan));
  AddColumn(tokenize_, 12, "");
  AddColumn(tokenize_, 19,
            absl::StrCat("4111 1111 1111 1111", "4111-1111-1111-1111",
                         "\uff14\uff11\uff11\uff11\uff11\uff11", "1"));
  AddColumn(tokenize_, 16, std::string("411111111111111\0", 16));
  ASSERT_THAT(Tokenize(*keyset_), IsOk());

  ASSERT_EQ(tokens_.columns_size(), 4);
  const std::string zeros(19, '0');
  for (const size_t good : {0u, 2u}) {
    const std::string token = ValueAt(tokens_.columns(0), good);
    EXPECT_EQ(testing::Remainder(token), 3u) << token;
  }
  EXPECT_EQ(ValueAt(tokens_.columns(0), 1), zeros.substr(0, 16));
  EXPECT_EQ(tokens_.columns(1).digits(), "");
  EXPECT_EQ(tokens_.columns(2).digits(), zeros + zeros + zeros);
  EXPECT_EQ(tokens_.columns(3).digits(), zeros.substr(0, 16));

  const struct {
    uint32_t column;
    uint32_t index;
    v1::ErrorReason reason;
  } rows[] = {{0, 1, v1::ERROR_REASON_PAN_LUHN},
              {2, 0, v1::ERROR_REASON_PAN_DIGITS},
              {2, 1, v1::ERROR_REASON_PAN_DIGITS},
              {2, 2, v1::ERROR_REASON_PAN_DIGITS},
              {3, 0, v1::ERROR_REASON_PAN_DIGITS}};
  ASSERT_EQ(tokens_.errors_size(), 5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(tokens_.errors(i).column(), rows[i].column) << i;
    EXPECT_EQ(tokens_.errors(i).index(), rows[i].index) << i;
    ExpectRefused(tokens_.errors(i).error(), rows[i].reason,
                  {absl::StrCat(i), kPan});
  }
  EXPECT_EQ(tokens_.key_version(), 4u);
  EXPECT_EQ(counts_.items, 7u);
  EXPECT_EQ(counts_.refused, 5u);
  EXPECT_EQ(counts_.unknown, 0u);
}

TEST_F(BulkCalls, AnswerTokensOfNobodyWithZeros) {
  // A card number by mistake, and a token of a slot that no version has.
  AddColumn(detokenize_, 16, absl::StrCat(kPan, "4111111111111116", "x", kPan));
  detokenize_.mutable_columns(0)->mutable_digits()->resize(48);
  ASSERT_THAT(Detokenize(*keyset_), IsOk());
  EXPECT_EQ(pans_.columns(0).digits(), std::string(48, '0'));
  ASSERT_EQ(pans_.errors_size(), 3);
  ExpectRefused(pans_.errors(0).error(), v1::ERROR_REASON_TOKEN_UNKNOWN,
                {"a card number", kPan});
  ExpectRefused(pans_.errors(1).error(), v1::ERROR_REASON_TOKEN_UNKNOWN,
                {"no slot", kPan});
  ExpectRefused(pans_.errors(2).error(), v1::ERROR_REASON_TOKEN_DIGITS,
                {"a letter", kPan});
  EXPECT_EQ(counts_.refused, 3u);
  EXPECT_EQ(counts_.unknown, 2u);
}

TEST_F(BulkCalls, HoldNothingOfAFormerAnswer) {
  AddColumn(tokenize_, 16, kPan);
  AddColumn(tokenize_, 12, "");
  ASSERT_THAT(Tokenize(*keyset_), IsOk());
  EXPECT_EQ(tokens_.columns_size(), 2);
  EXPECT_EQ(tokens_.errors_size(), 0);
  EXPECT_EQ(tokens_.key_version(), 4u);
  EXPECT_FALSE(Leaks(tokens_.SerializeAsString(), kStale));

  *detokenize_.mutable_columns() = tokens_.columns();
  ASSERT_THAT(Detokenize(*keyset_), IsOk());
  EXPECT_EQ(pans_.columns_size(), 2);
  EXPECT_EQ(pans_.errors_size(), 0);
  EXPECT_EQ(pans_.columns(0).digits(), kPan);
  EXPECT_FALSE(Leaks(pans_.SerializeAsString(), kStale));
}

TEST_F(BulkCalls, NeedTheKeyVersionOfFloorTokens) {
  const auto keyset =
      MakeKeyset({.kept = vault::KeptDigits::kBin6Last4,
                  .allow_floor = true,
                  .versions = {{.version = 1, .slot = 1, .primary = false},
                               {.version = 2, .slot = 2}}});
  AddColumn(tokenize_, 16, kPan);
  ASSERT_THAT(Tokenize(*keyset), IsOk());
  EXPECT_EQ(tokens_.key_version(), 2u);
  *detokenize_.mutable_columns() = tokens_.columns();
  const struct {
    uint32_t version;
    v1::ErrorReason reason;
  } rows[] = {{0, v1::ERROR_REASON_KEY_VERSION_REQUIRED},
              {3, v1::ERROR_REASON_KEY_VERSION_UNKNOWN}};
  for (const auto& row : rows) {
    detokenize_.set_key_version(row.version);
    ASSERT_THAT(Detokenize(*keyset), IsOk());
    ASSERT_EQ(pans_.errors_size(), 1);
    ExpectRefused(pans_.errors(0).error(), row.reason,
                  {absl::StrCat(row.version), kPan});
  }
  detokenize_.set_key_version(2);
  ASSERT_THAT(Detokenize(*keyset), IsOk());
  EXPECT_EQ(pans_.columns(0).digits(), kPan);
}

// Two columns for each width, in no order, of random values, most of which are
// good; every third value is also given to `batch`, in the same order.
template <typename Request, typename Add>
void FillBoth(std::mt19937_64& random, Request& bulk, Add add) {
  for (const uint32_t width :
       {16u, 12u, 19u, 13u, 18u, 15u, 17u, 14u, 19u, 16u, 12u, 13u}) {
    std::string digits;
    for (uint64_t i = random() % 80; i > 0; --i) {
      std::string value = RandomPan(width, random);
      if (random() % 4 == 0) {
        value[random() % width] = static_cast<char>(random() % 256);
      }
      add(value);
      digits += value;
    }
    AddColumn(bulk, width, digits);
  }
}

// `columns` and `errors` say of each value, in order, what `batch` says of it;
// `text` is the digits of a result that was served.
template <typename Bulk, typename Batch, typename Text>
void ExpectSame(const Bulk& bulk, const Batch& batch, Text text) {
  int next = 0;
  int next_error = 0;
  for (int c = 0; c < bulk.columns_size(); ++c) {
    const v1::Column& column = bulk.columns(c);
    const size_t values = column.digits().size() / column.width();
    for (size_t i = 0; i < values; ++i, ++next) {
      ASSERT_LT(next, batch.results_size());
      const auto& result = batch.results(next);
      if (!result.has_error()) {
        EXPECT_EQ(ValueAt(column, i), text(result)) << c << " " << i;
        continue;
      }
      EXPECT_EQ(ValueAt(column, i), std::string(column.width(), '0'));
      ASSERT_LT(next_error, bulk.errors_size());
      const v1::BulkItemError& error = bulk.errors(next_error++);
      EXPECT_EQ(error.column(), static_cast<uint32_t>(c));
      EXPECT_EQ(error.index(), i);
      EXPECT_EQ(error.error().SerializeAsString(),
                result.error().SerializeAsString());
    }
  }
  EXPECT_EQ(next, batch.results_size());
  EXPECT_EQ(next_error, bulk.errors_size());
  EXPECT_GT(next_error, 50);
  EXPECT_GT(next - next_error, 50);
}

TEST_F(BulkCalls, TokenizeLikeABatch) {
  std::mt19937_64 random(6);
  v1::BatchTokenizeRequest batch;
  tokenize_.set_context("merchant");
  FillBoth(random, tokenize_, [&batch](const std::string& value) {
    batch.add_items()->set_pan(value);
    batch.mutable_items()->rbegin()->set_context("merchant");
  });
  ASSERT_THAT(Tokenize(*keyset_), IsOk());
  v1::BatchTokenizeResponse expected;
  ItemCounts counts;
  ASSERT_THAT(AnswerBatchTokenize(*keyset_, batch, expected, counts), IsOk());
  ExpectSame(tokens_, expected, [](const v1::BatchTokenizeResult& result) {
    EXPECT_EQ(result.tokenized().key_version(), 4u);
    return result.tokenized().token();
  });
  EXPECT_EQ(counts_.items, counts.items);
  EXPECT_EQ(counts_.refused, counts.refused);
}

TEST_F(BulkCalls, DetokenizeLikeABatch) {
  std::mt19937_64 random(7);
  v1::BatchDetokenizeRequest batch;
  batch.set_reveal(v1::REVEAL_LEVEL_FULL);
  detokenize_.set_context("merchant");
  FillBoth(random, detokenize_, [&](const std::string& value) {
    batch.add_items()->set_context("merchant");
    batch.mutable_items()->rbegin()->set_token(value);
  });
  // Half of the values become tokens of one of the two key versions.
  int item = 0;
  for (v1::Column& column : *detokenize_.mutable_columns()) {
    std::string digits;
    for (size_t i = 0; i * column.width() < column.digits().size(); ++i) {
      std::string value = ValueAt(column, i);
      const bool is_number =
          value.find_first_not_of("0123456789") == std::string::npos;
      if (is_number && random() % 2 == 0) {
        value = testing::WithRemainder(value, random() % 2 == 0 ? 1 : 3);
      }
      batch.mutable_items(item++)->set_token(value);
      digits += value;
    }
    column.set_digits(digits);
  }
  ASSERT_THAT(Detokenize(*keyset_), IsOk());
  v1::BatchDetokenizeResponse expected;
  ItemCounts counts;
  ASSERT_THAT(AnswerBatchDetokenize(*keyset_, batch, expected, counts), IsOk());
  ExpectSame(pans_, expected, [](const v1::BatchDetokenizeResult& result) {
    return result.detokenized().pan();
  });
  EXPECT_EQ(counts_.unknown, counts.unknown);
  EXPECT_GT(counts_.unknown, 50u);
}

}  // namespace
}  // namespace panvault::server
