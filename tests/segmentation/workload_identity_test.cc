// What this shows: namespace and service account come out of SPIFFE IDs of the
// usual form, and out of no others.

#include "segmentation/workload_identity.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;

TEST(WorkloadIdentityTest, KnownAnswer) {
  ASSERT_OK_AND_ASSIGN(
      const WorkloadIdentity identity,
      ParseWorkloadIdentity("spiffe://pay.example/ns/shop/sa/api.v2"));
  EXPECT_EQ(identity.trust_domain, "pay.example");
  EXPECT_EQ(identity.namespace_name, "shop");
  EXPECT_EQ(identity.service_account, "api.v2");
}

TEST(WorkloadIdentityTest, RefusesOtherForms) {
  for (const char* const bad :
       {"", "https://pay.example/ns/a/sa/b", "spiffe://pay.example/workload",
        "spiffe://pay.example/ns/a/sa/b/c", "spiffe://pay.example/ns/a/sa",
        "spiffe://pay.example/sa/a/ns/b", "spiffe:///ns/a/sa/b",
        "spiffe://Pay.example/ns/a/sa/b", "spiffe://pay.example/ns/A/sa/b",
        "spiffe://pay.example/ns//sa/b", "spiffe://pay.example/ns/*/sa/b",
        "spiffe://pay.example/ns/a/sa/b/", "spiffe://u@pay.example/ns/a/sa/b",
        "SPIFFE://pay.example/ns/a/sa/b"}) {
    EXPECT_THAT(ParseWorkloadIdentity(bad),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
  const std::string domain(256, 'a');
  EXPECT_THAT(ParseWorkloadIdentity("spiffe://" + domain + "/ns/a/sa/b"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace panvault::segmentation
