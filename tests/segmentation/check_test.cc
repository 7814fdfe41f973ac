// What this shows: a check puts everything into one report, in a fixed order,
// and judges nothing if what is declared is unclear.

#include "segmentation/check.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"
#include "tests/testing/status_matchers.h"

namespace panvault::segmentation {
namespace {

using ::panvault::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(CheckTest, APassHasItsEvidence) {
  const Report report = CheckText(ReleaseText()).report;
  EXPECT_EQ(report.verdict, Verdict::kPass);
  EXPECT_THAT(report.checked, ElementsAre("Deployment vault/rel-panvault",
                                          "Job vault/rel-panvault-migrate"));
  ASSERT_THAT(report.flows, SizeIs(4));
  EXPECT_EQ(report.flows[0].from,
            "pods of checkout with app.kubernetes.io/name=checkout-api");
  EXPECT_EQ(report.flows[0].ports, "TCP 8443");
  EXPECT_EQ(report.flows[2].to, "10.20.0.5/32");
  EXPECT_EQ(report.flows[3].ports, "TCP 53,UDP 53");
  EXPECT_EQ(report.flows[3].side, FlowRow::Side::kOutOf);
  EXPECT_THAT(report.inputs, SizeIs(1));
  EXPECT_FALSE(report.not_checked.empty());
}

TEST(CheckTest, BlockedFlowsAreMarked) {
  const Report report =
      CheckText(Changed("port: 8443", "port: 8444", "name: callers\n")).report;
  EXPECT_TRUE(report.flows[0].is_blocked);
  EXPECT_FALSE(report.flows[1].is_blocked);
}

TEST(CheckTest, TellsHowFarItIs) {
  Checked checked = CheckText(ReleaseText());
  std::vector<size_t> shares;
  CheckOptions options;
  options.watch = [&shares](size_t done, size_t total) {
    EXPECT_EQ(total, 2U);
    shares.push_back(done);
  };
  Check(checked.manifests, checked.matrix, {}, options);
  EXPECT_THAT(shares, ElementsAre(0, 1));
}

TEST(CheckTest, GravestFirst) {
  const Report report =
      CheckText(Changed("  policyTypes: [Ingress]\n", "") +
                "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
                "metadata: {name: c}\n---\napiVersion: networking.k8s.io/v1\n"
                "kind: NetworkPolicy\nmetadata: {name: o, namespace: vault}\n"
                "spec: {policyTypes: [Ingress], ingress: [{}]}\n")
          .report;
  ASSERT_GE(report.findings.size(), 3U);
  EXPECT_EQ(report.findings.front().severity, Severity::kFail);
  EXPECT_EQ(report.findings.back().severity, Severity::kWarning);
}

TEST(CheckTest, UnclearFlowsAreNoPass) {
  const Report report =
      CheckText(Changed("      owner: team-billing\n", "")).report;
  EXPECT_EQ(report.verdict, Verdict::kUnknown);
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].subject, "callers[1].owner");
  EXPECT_THAT(report.checked, IsEmpty());
}

TEST(CheckTest, StrictMakesWarningsFail) {
  const Checked checked = CheckText(Changed("  policyTypes: [Ingress]\n", ""));
  EXPECT_EQ(checked.report.verdict, Verdict::kPass);
  CheckOptions options;
  options.warnings_fail = true;
  options.today = absl::CivilDay(2026, 12, 1);
  EXPECT_EQ(Check(checked.manifests, checked.matrix, {}, options).verdict,
            Verdict::kFail);
}

TEST(CheckTest, FlowsComeFromOneConfigMap) {
  Cluster cluster;
  EXPECT_THAT(FlowsInManifests(cluster), StatusIs(absl::StatusCode::kNotFound));
  AddManifest("f", ReleaseText(), cluster);
  ASSERT_OK_AND_ASSIGN(const std::string flows, FlowsInManifests(cluster));
  EXPECT_THAT(flows, HasSubstr("spiffe_id: spiffe://pay.example"));
  AddManifest("g", ReleaseText(), cluster);
  EXPECT_THAT(FlowsInManifests(cluster),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace panvault::segmentation
