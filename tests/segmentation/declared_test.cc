// What this shows: what the flow matrix declares for a pod depends on which
// part of the release it is.

#include "segmentation/declared.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> FlowsOf(const Checked& checked,
                                 const std::string& pod_name,
                                 Direction direction) {
  std::vector<std::string> flows;
  for (const Workload* const pod :
       ReleasePods(checked.manifests.cluster, checked.matrix)) {
    if (pod->name != pod_name) continue;
    for (const DeclaredPeer& peer :
         DeclaredFor(*pod, checked.matrix, direction)) {
      flows.push_back(peer.flow);
    }
  }
  return flows;
}

TEST(DeclaredTest, ByComponent) {
  const Checked checked = CheckText(ReleaseText());
  EXPECT_THAT(FlowsOf(checked, "rel-panvault", Direction::kIngress),
              ElementsAre("checkout-api", "invoices"));
  EXPECT_THAT(FlowsOf(checked, "rel-panvault", Direction::kEgress),
              ElementsAre("vault-db", "dns"));
  EXPECT_THAT(FlowsOf(checked, "rel-panvault-migrate", Direction::kIngress),
              IsEmpty());
  EXPECT_THAT(FlowsOf(checked, "rel-panvault-migrate", Direction::kEgress),
              ElementsAre("vault-db", "dns"));
}

TEST(DeclaredTest, FlowsWithinTheReleaseHaveTwoEnds) {
  const Checked checked = CheckText(Changed(
      "    - name: dns\n",
      "    - {name: probe, kind: test, direction: within, from_components: "
      "[migrate],\n       to_components: [server], ports: [8443], protocols: "
      "[TCP], "
      "justification: j, owner: o,\n       approved_by: a}\n    - name: "
      "dns\n"));
  EXPECT_THAT(FlowsOf(checked, "rel-panvault", Direction::kIngress),
              ElementsAre("checkout-api", "invoices", "probe"));
  EXPECT_THAT(FlowsOf(checked, "rel-panvault-migrate", Direction::kEgress),
              ElementsAre("vault-db", "probe", "dns"));
  EXPECT_EQ(RulesOf(checked.report),
            (std::vector<std::string>{"blocked-flow", "blocked-flow"}));
}

TEST(DeclaredTest, IngressFromOutside) {
  const Checked checked = CheckText(Changed(
      "    - name: dns\n",
      "    - {name: scrape, kind: metrics, direction: ingress, to_components: "
      "[server],\n       cidr: 10.9.0.0/16, ports: [9090], protocols: [TCP], "
      "justification: j, owner: o,\n       approved_by: a, review_by: "
      "\"2027-01-01\"}\n    - name: dns\n"));
  EXPECT_THAT(FlowsOf(checked, "rel-panvault", Direction::kIngress),
              ElementsAre("checkout-api", "invoices", "scrape"));
}

// An operator labels its pods in its own way, and makes them later.
TEST(DeclaredTest, ComponentsWithLabelsOfTheirOwn) {
  const std::string flows = Changed(
      "    without_identity:\n",
      "    components: {postgres: {made-by: operator}}\n    without_identity:\n"
      "    - {name: to-db, kind: postgres, direction: within, "
      "from_components: [server],\n       to_components: [postgres], ports: "
      "[5432, 8000], protocols: [TCP], justification: j,\n       owner: o, "
      "approved_by: a}\n");
  const Checked absent = CheckText(flows);
  const std::vector<Workload> pods =
      AbsentPods(absent.manifests.cluster, absent.matrix);
  ASSERT_THAT(pods, SizeIs(1));
  EXPECT_EQ(pods[0].labels, (Labels{{"made-by", "operator"}}));
  // No policy is about that pod: all that it can do is undeclared.
  EXPECT_THAT(RulesOf(absent.report),
              ElementsAre("blocked-flow", "leak-egress", "leak-ingress"));
  const Checked present = CheckText(
      flows +
      "---\napiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: "
      "vault, labels: {made-by: operator, more: x}}\n");
  EXPECT_THAT(AbsentPods(present.manifests.cluster, present.matrix), IsEmpty());
  EXPECT_THAT(ReleasePods(present.manifests.cluster, present.matrix),
              SizeIs(3));
  EXPECT_THAT(FlowsOf(present, "db", Direction::kIngress),
              ElementsAre("to-db"));
  EXPECT_THAT(FlowsOf(present, "rel-panvault", Direction::kEgress),
              ElementsAre("to-db", "vault-db", "dns"));
}

TEST(DeclaredTest, OtherPodsAreNotOfTheRelease) {
  const Checked checked = CheckText(WithMore(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: vault, "
      "labels: {app.kubernetes.io/name: panvault}}\n---\napiVersion: v1\nkind: "
      "Pod\nmetadata: {name: p, namespace: dev, labels: "
      "{app.kubernetes.io/name: panvault, app.kubernetes.io/instance: "
      "rel}}\n"));
  EXPECT_THAT(ReleasePods(checked.manifests.cluster, checked.matrix),
              SizeIs(2));
}

}  // namespace
}  // namespace panvault::segmentation
