// What this shows: the null handlers echo each PAN as its token, in the shape
// in which the real service answers.

#include "bench/null_service.h"

#include <chrono>
#include <string>

#include "gtest/gtest.h"
#include "panvault/v1/token_vault.pb.h"
#include "tests/bench/bench_server.h"

namespace panvault::bench {
namespace {

class NullServiceTest : public ::testing::Test {
 protected:
  NullServiceTest() {
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(30));
  }

  const BenchServer server_;
  v1::NullService::Stub stub_{server_.OpenChannels(1)[0]};
  grpc::ClientContext context_;
};

TEST_F(NullServiceTest, TokenizeEchoesThePan) {
  panvault::v1::TokenizeRequest request;
  request.set_pan("4111111111111111");
  panvault::v1::TokenizeResponse response;
  ASSERT_TRUE(stub_.Tokenize(&context_, request, &response).ok());
  EXPECT_EQ(response.token(), "4111111111111111");
}

TEST_F(NullServiceTest, BatchTokenizeEchoesPansAndReferencesInOrder) {
  panvault::v1::BatchTokenizeRequest request;
  for (const char* pan : {"4111111111111111", "36148900647913"}) {
    auto* const item = request.add_items();
    item->set_pan(pan);
    item->set_reference(std::string("ref-") + pan[0]);
  }
  panvault::v1::BatchTokenizeResponse response;
  ASSERT_TRUE(stub_.BatchTokenize(&context_, request, &response).ok());
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).tokenized().token(), "4111111111111111");
  EXPECT_EQ(response.results(0).reference(), "ref-4");
  EXPECT_EQ(response.results(1).tokenized().token(), "36148900647913");
  EXPECT_EQ(response.results(1).reference(), "ref-3");
}

TEST_F(NullServiceTest, BulkTokenizeEchoesTheColumns) {
  panvault::v1::BulkTokenizeRequest request;
  auto* const column = request.add_columns();
  column->set_width(16);
  column->set_digits("41111111111111115500000000000004");
  panvault::v1::BulkTokenizeResponse response;
  ASSERT_TRUE(stub_.BulkTokenize(&context_, request, &response).ok());
  ASSERT_EQ(response.columns_size(), 1);
  EXPECT_EQ(response.columns(0).width(), 16U);
  EXPECT_EQ(response.columns(0).digits(), column->digits());
  EXPECT_EQ(response.errors_size(), 0);
}

// Kept messages start empty.
TEST_F(NullServiceTest, AnswersHoldNothingOfEarlierCalls) {
  for (const int items : {5, 2, 3}) {
    panvault::v1::BatchTokenizeRequest request;
    for (int i = 0; i < items; ++i) request.add_items()->set_pan("1");
    grpc::ClientContext context;
    panvault::v1::BatchTokenizeResponse response;
    ASSERT_TRUE(stub_.BatchTokenize(&context, request, &response).ok());
    EXPECT_EQ(response.results_size(), items);
    for (const auto& result : response.results()) {
      EXPECT_EQ(result.reference(), "");
    }
  }
}

}  // namespace
}  // namespace panvault::bench
