// What this shows: the data plane over real TLS serves what it promises, each
// RPC through its own row of the access table, and records every call.

#include "server/token_vault_service.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/test_vault.h"
#include "tests/testing/pans.h"

namespace panvault::server {
namespace {

using Stub = v1::TokenVaultService::Stub;

class TokenVaultServiceTest : public ::testing::Test {
 protected:
  std::string Tokenize(const std::string& pan,
                       const std::string& profile = "cards") {
    v1::TokenizeRequest request;
    request.set_profile(profile);
    request.set_pan(pan);
    v1::TokenizeResponse response;
    const grpc::Status status =
        CallOf(*stub_, &Stub::Tokenize, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.token();
  }

  std::string Detokenize(Stub& stub, const std::string& token,
                         v1::RevealLevel reveal) {
    v1::DetokenizeRequest request;
    request.set_profile("cards");
    request.set_token(token);
    request.set_reveal(reveal);
    v1::DetokenizeResponse response;
    const grpc::Status status =
        CallOf(stub, &Stub::Detokenize, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.pan();
  }

  TestVault vault_;
  std::unique_ptr<Stub> stub_ = vault_.VaultAs(kPaymentId);
};

TEST_F(TokenVaultServiceTest, TokenizesAndDetokenizesEveryLength) {
  std::mt19937_64 random(1);
  for (size_t length = 12; length <= 19; ++length) {
    const std::string pan = testing::RandomPan(length, random);
    const std::string token = Tokenize(pan);
    ASSERT_EQ(token.size(), length);
    EXPECT_EQ(testing::Remainder(token), 1u) << "slot 1, never Luhn-valid";
    EXPECT_EQ(Detokenize(*stub_, token, v1::REVEAL_LEVEL_FULL), pan);
  }
}

TEST_F(TokenVaultServiceTest, RevealsAsMuchAsIsAskedFor) {
  const std::string token = Tokenize(kPan);
  EXPECT_EQ(Detokenize(*stub_, token, v1::REVEAL_LEVEL_BIN_LAST4),
            "411111******1111");
  const auto receipts = vault_.VaultAs(kReceiptsId);
  EXPECT_EQ(Detokenize(*receipts, token, v1::REVEAL_LEVEL_LAST4),
            "************1111");
}

TEST_F(TokenVaultServiceTest, ContextBindsTheToken) {
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  request.set_context("shop-17");
  v1::TokenizeResponse response;
  ASSERT_TRUE(CallOf(*stub_, &Stub::Tokenize, request, response).ok());
  EXPECT_NE(response.token(), Tokenize(kPan));
}

TEST_F(TokenVaultServiceTest, FloorTokenSaysThatItsVersionIsNeeded) {
  v1::TokenizeRequest request;
  request.set_profile("cards-bin6");
  request.set_pan(kPan);
  v1::TokenizeResponse response;
  ASSERT_TRUE(CallOf(*stub_, &Stub::Tokenize, request, response).ok());
  EXPECT_TRUE(response.key_version_required());
  v1::DetokenizeRequest back;
  back.set_profile("cards-bin6");
  back.set_token(response.token());
  back.set_reveal(v1::REVEAL_LEVEL_FULL);
  back.set_key_version(response.key_version());
  v1::DetokenizeResponse pan;
  ASSERT_TRUE(CallOf(*stub_, &Stub::Detokenize, back, pan).ok());
  EXPECT_EQ(pan.pan(), kPan);
}

TEST_F(TokenVaultServiceTest, BatchServesTheOthersWhenOneItemIsBad) {
  v1::BatchTokenizeRequest request;
  request.set_profile("cards");
  for (int i = 0; i < 10'000; ++i) {
    v1::BatchTokenizeItem& item = *request.add_items();
    item.set_pan(i == 777 ? "4111111111111112" : kPan);
    item.set_reference(std::to_string(i));
  }
  v1::BatchTokenizeResponse response;
  const grpc::Status status =
      CallOf(*stub_, &Stub::BatchTokenize, request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.results_size(), 10'000);
  const std::string token = Tokenize(kPan);
  for (int i = 0; i < 10'000; ++i) {
    const v1::BatchTokenizeResult& result = response.results(i);
    ASSERT_EQ(result.reference(), std::to_string(i));
    if (i == 777) {
      EXPECT_EQ(result.error().code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(result.error().detail().reason(), v1::ERROR_REASON_PAN_LUHN);
    } else {
      ASSERT_EQ(result.tokenized().token(), token);
    }
  }
  const auto calls = vault_.CallLines();
  EXPECT_EQ(calls[0]["items"], 10'000);
  EXPECT_EQ(calls[0]["items_refused"], 1);
}

TEST_F(TokenVaultServiceTest, BatchDetokenizeMasks) {
  v1::BatchDetokenizeRequest request;
  request.set_profile("cards");
  request.set_reveal(v1::REVEAL_LEVEL_LAST4);
  request.add_items()->set_token(Tokenize(kPan));
  request.add_items()->set_token(kPan);
  v1::BatchDetokenizeResponse response;
  const auto receipts = vault_.VaultAs(kReceiptsId);
  ASSERT_TRUE(
      CallOf(*receipts, &Stub::BatchDetokenize, request, response).ok());
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).detokenized().pan(), "************1111");
  EXPECT_EQ(response.results(1).error().detail().reason(),
            v1::ERROR_REASON_TOKEN_UNKNOWN);
}

TEST_F(TokenVaultServiceTest, BulkRoundTripOfTwoWidths) {
  std::mt19937_64 random(2);
  v1::BulkTokenizeRequest request;
  request.set_profile("cards");
  for (const uint32_t width : {16u, 19u}) {
    v1::Column& column = *request.add_columns();
    column.set_width(width);
    for (int i = 0; i < 300; ++i) {
      column.mutable_digits()->append(testing::RandomPan(width, random));
    }
  }
  v1::BulkTokenizeResponse tokens;
  ASSERT_TRUE(CallOf(*stub_, &Stub::BulkTokenize, request, tokens).ok());
  EXPECT_EQ(tokens.key_version(), 1u);
  EXPECT_EQ(tokens.errors_size(), 0);
  v1::BulkDetokenizeRequest back;
  back.set_profile("cards");
  *back.mutable_columns() = tokens.columns();
  v1::BulkDetokenizeResponse pans;
  ASSERT_TRUE(CallOf(*stub_, &Stub::BulkDetokenize, back, pans).ok());
  ASSERT_EQ(pans.columns_size(), 2);
  EXPECT_EQ(pans.columns(0).digits(), request.columns(0).digits());
  EXPECT_EQ(pans.columns(1).digits(), request.columns(1).digits());
}

TEST_F(TokenVaultServiceTest, ValidateTokenTellsTokensFromCardNumbers) {
  for (const auto& [number, plausible] :
       {std::pair(Tokenize(kPan), true), std::pair(std::string(kPan), false)}) {
    v1::ValidateTokenRequest request;
    request.set_profile("cards");
    request.set_token(number);
    v1::ValidateTokenResponse response;
    ASSERT_TRUE(CallOf(*stub_, &Stub::ValidateToken, request, response).ok());
    EXPECT_EQ(response.plausible(), plausible);
    EXPECT_EQ(response.key_version(), plausible ? 1u : 0u);
  }
}

TEST_F(TokenVaultServiceTest, ProfileMadeElsewhereIsFound) {
  vault_.store().Put(testing::MakeStored({.name = "fresh"}, vault_.kek()));
  Tokenize(kPan, "fresh");
}

TEST_F(TokenVaultServiceTest, TokenOfAVersionMadeElsewhereIsRead) {
  TestVault other;
  const testing::KeysetSpec rotated{
      .name = "cards",
      .versions = {{.version = 1, .slot = 1, .primary = false},
                   {.version = 2, .slot = 2, .primary = true}}};
  other.Add(rotated);
  const auto other_stub = other.VaultAs(kPaymentId);
  v1::TokenizeRequest request;
  request.set_profile("cards");
  request.set_pan(kPan);
  v1::TokenizeResponse response;
  ASSERT_TRUE(CallOf(*other_stub, &Stub::Tokenize, request, response).ok());
  ASSERT_EQ(response.key_version(), 2u);

  vault_.store().Put(testing::MakeStored(rotated, vault_.kek()));
  EXPECT_EQ(Detokenize(*stub_, response.token(), v1::REVEAL_LEVEL_FULL), kPan);
}

TEST_F(TokenVaultServiceTest, EachCallIsRecordedWithoutNumbers) {
  const std::string token = Tokenize(kPan);
  Detokenize(*stub_, token, v1::REVEAL_LEVEL_FULL);
  const auto calls = vault_.CallLines();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0]["method"], "Tokenize");
  EXPECT_EQ(calls[0]["caller"], kPaymentId);
  EXPECT_EQ(calls[0]["flow"], "payment-api");
  EXPECT_EQ(calls[0]["profile"], "cards");
  EXPECT_EQ(calls[0]["code"], "OK");
  EXPECT_EQ(calls[0]["pci"], nlohmann::json({"7.2.5"}));
  EXPECT_THAT(vault_.Log(), ::testing::Not(::testing::HasSubstr(kPan)));
  EXPECT_THAT(vault_.Log(), ::testing::Not(::testing::HasSubstr(token)));
}

}  // namespace
}  // namespace panvault::server
