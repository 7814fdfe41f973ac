// What this shows: each reading is that of the part that it names.

#include "server/readings.h"

#include <fstream>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/server/eventually.h"
#include "tests/server/test_vault.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::Eventually;
using ::panvault::testing::IsOk;

class ReadingsTest : public ::testing::Test {
 protected:
  ReadingsTest() {
    config_.access_file = vault_.access_file();
    config_.tls = vault_.server_files();
    config_.batch_queue = 17;
    config_.max_key_staleness = absl::Minutes(7);
    std::ofstream(config_.access_file) << R"(callers:
  - name: old-flow
    spiffe_id: spiffe://fake.test/ns/payments/sa/payment-api
    grants: [{methods: [Tokenize], profiles: [cards]}]
    justification: tests
    owner: tests
    approved_by: tests
    review_by: "2020-01-01"
    pci: ["7.2.5"]
)";
    auto sources = Sources::Start(
        config_, {vault_.identity(), vault_.access(), vault_.log()},
        {.poll = absl::Milliseconds(20)});
    EXPECT_THAT(sources, IsOk());
    sources_ = *std::move(sources);
    EXPECT_TRUE(Eventually([this] { return Take().access.loads > 0; }));
  }

  Readings Take() {
    return TakeReadings({vault_.server(), *sources_, vault_.identity(),
                         vault_.access(), vault_.keysets(), config_},
                        absl::Now());
  }

  TestVault vault_;
  Config config_;
  std::unique_ptr<Sources> sources_;
};

TEST_F(ReadingsTest, AreThoseOfTheParts) {
  const Readings readings = Take();
  EXPECT_EQ(readings.identity.loads, 1u);
  EXPECT_FALSE(readings.identity.failing);
  EXPECT_EQ(readings.svid_not_after, vault_.identity().facts()->not_after);
  EXPECT_EQ(readings.callers, 1u);
  EXPECT_EQ(readings.reviews_overdue, 1u);
  ASSERT_TRUE(readings.keysets_age.has_value());
  EXPECT_GE(*readings.keysets_age, absl::ZeroDuration());
  EXPECT_EQ(readings.keysets_age_max, absl::Minutes(7));
  EXPECT_EQ(readings.batches_waiting, 0u);
  EXPECT_EQ(readings.batch_queue_max, 17u);
}

TEST_F(ReadingsTest, ConnectionsAreCounted) {
  EXPECT_EQ(Take().connections_opened, 0u);
  {
    const auto stub = vault_.VaultAs(kPaymentId);
    v1::TokenizeRequest request;
    request.set_profile("cards");
    request.set_pan(kPan);
    v1::TokenizeResponse response;
    EXPECT_TRUE(
        CallOf(*stub, &v1::TokenVaultService::Stub::Tokenize, request, response)
            .ok());
    EXPECT_EQ(Take().connections_open, 1u);
  }
  EXPECT_TRUE(Eventually([this] { return Take().connections_open == 0; }));
  EXPECT_EQ(Take().connections_opened, 1u);
}

TEST_F(ReadingsTest, SourceThatFailsShows) {
  std::ofstream(config_.access_file) << "callers:\n  - nam: x\n";
  EXPECT_TRUE(Eventually([this] { return Take().access.failing; }));
  EXPECT_EQ(Take().callers, 1u) << "what was good is in force";
  vault_.identity().Withdraw();
  EXPECT_FALSE(Take().svid_not_after.has_value());
}

}  // namespace
}  // namespace panvault::server
