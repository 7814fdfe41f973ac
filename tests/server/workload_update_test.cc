// What this shows: an update of the Workload API is taken whole or not at all;
// what it does not have was taken back; private keys do not outlive it.

#include "server/workload_update.h"

#include <set>
#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/workload_updates.h"
#include "tests/testing/certificate_maker.h"
#include "tests/testing/status_matchers.h"

namespace panvault::server {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kId[] = "spiffe://fake.test/ns/panvault/sa/panvaultd";

class WorkloadUpdate : public ::testing::Test {
 protected:
  const client::TestAuthority authority_;
};

TEST_F(WorkloadUpdate, IsAnIdentity) {
  const X509SVIDResponse update = UpdateOf(authority_, kId);
  ASSERT_OK_AND_ASSIGN(const ServerTls tls,
                       ReadUpdate(update, {}, absl::Now()));
  EXPECT_EQ(tls.id.text(), kId);
  EXPECT_EQ(DerOf(tls.svid_pem), update.svids(0).x509_svid());
  EXPECT_EQ(DerOf(tls.roots_pem), update.svids(0).bundle());
  EXPECT_GT(tls.key_pem.size(), 0u);
}

TEST_F(WorkloadUpdate, BringsFederatedBundles) {
  const testing::Made other =
      testing::MakeCertificate(testing::CaSpec("other", "other.test"), nullptr);
  const auto der = other.Der();
  X509SVIDResponse update = UpdateOf(authority_, kId);
  auto& federated = *update.mutable_federated_bundles();
  federated["spiffe://other.test"] = std::string(der.begin(), der.end());
  federated["spiffe://empty.test"] = "";
  ASSERT_OK_AND_ASSIGN(const ServerTls tls,
                       ReadUpdate(update, {}, absl::Now()));
  std::set<std::string> names;
  for (const auto& [name, anchors] : *tls.bundles) names.insert(name);
  EXPECT_THAT(names, ::testing::ElementsAre("fake.test", "other.test"))
      << "a neighbour without CAs is nobody, and no reason to fail";
}

TEST_F(WorkloadUpdate, WithAMistakeIsRefusedWhole) {
  for (const BadUpdate& bad : BadUpdates(authority_, kId)) {
    const auto tls = ReadUpdate(bad.update, {}, absl::Now());
    ASSERT_THAT(tls, StatusIs(absl::StatusCode::kFailedPrecondition))
        << bad.what;
    EXPECT_THAT(std::string(tls.status().message()), HasSubstr(bad.why))
        << bad.what;
    EXPECT_THAT(std::string(tls.status().message()), HasSubstr("Workload API"));
  }
}

TEST_F(WorkloadUpdate, ExpiredIsRefused) {
  const auto tls =
      ReadUpdate(UpdateOf(authority_, kId), {}, absl::Now() + absl::Hours(3));
  EXPECT_THAT(std::string(tls.status().message()), HasSubstr("expired"));
}

TEST_F(WorkloadUpdate, WithoutOursTakesItBack) {
  EXPECT_THAT(ReadUpdate({}, {}, absl::Now()),
              StatusIs(absl::StatusCode::kNotFound));
  const X509SVIDResponse update = UpdateOf(authority_, kId);
  EXPECT_THAT(ReadUpdate(update, {"", "spiffe://fake.test/other"}, absl::Now()),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ReadUpdate(update, {"internal", ""}, absl::Now()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(WorkloadUpdate, OfSeveralTheChosenIsTaken) {
  const std::string second = std::string(kId) + "2";
  X509SVIDResponse update = UpdateOf(authority_, kId);
  *update.add_svids() = SvidOf(authority_, second);
  update.mutable_svids(1)->set_hint("internal");
  ASSERT_OK_AND_ASSIGN(const ServerTls first,
                       ReadUpdate(update, {}, absl::Now()));
  EXPECT_EQ(first.id.text(), kId);
  for (const SvidChoice& choice :
       {SvidChoice{"internal", ""}, SvidChoice{"", second},
        SvidChoice{"internal", second}}) {
    ASSERT_OK_AND_ASSIGN(const ServerTls tls,
                         ReadUpdate(update, choice, absl::Now()));
    EXPECT_EQ(tls.id.text(), second);
  }
  EXPECT_THAT(ReadUpdate(update, {"internal", kId}, absl::Now()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(WorkloadUpdate, KeysAreWiped) {
  X509SVIDResponse update = UpdateOf(authority_, kId);
  *update.add_svids() = SvidOf(authority_, kId);
  WipeKeys(update);
  for (const X509SVID& svid : update.svids()) {
    EXPECT_GT(svid.x509_svid_key().size(), 0u);
    EXPECT_EQ(svid.x509_svid_key(),
              std::string(svid.x509_svid_key().size(), '\0'));
  }
}

}  // namespace
}  // namespace panvault::server
