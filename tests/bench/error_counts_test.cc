// What this shows: errors are named by code and reason, never by the server's
// text, and their counts add up.

#include "bench/error_counts.h"

#include "absl/status/status.h"
#include "client/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "panvault/v1/error.pb.h"
#include "tests/client/fake_vault.h"

namespace panvault::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ErrorLabel, IsCodeAndReason) {
  EXPECT_EQ(ErrorLabel(client::StatusFromRpc(client::RpcError(
                grpc::StatusCode::INVALID_ARGUMENT,
                panvault::v1::ERROR_REASON_PAN_LUHN, "text of the server"))),
            "INVALID_ARGUMENT PAN_LUHN");
}

TEST(ErrorLabel, IsTheCodeAloneWithoutAReason) {
  EXPECT_EQ(ErrorLabel(absl::UnavailableError("text of the server")),
            "UNAVAILABLE");
}

TEST(ErrorCounts, AddUp) {
  ErrorCounts counts = {{"A", 1}, {"B", 2}};
  AddErrors({{"B", 3}, {"C", 4}}, counts);
  EXPECT_THAT(counts, ElementsAre(Pair("A", 1), Pair("B", 5), Pair("C", 4)));
  EXPECT_EQ(ErrorTotal(counts), 10U);
  EXPECT_EQ(ErrorTotal({}), 0U);
}

TEST(ErrorCounts, TextHasALineForEachLabel) {
  EXPECT_EQ(ErrorText({{"NOT_FOUND", 2}, {"UNAVAILABLE", 12345678}}),
            "       2 NOT_FOUND\n12345678 UNAVAILABLE\n");
}

}  // namespace
}  // namespace panvault::bench
