// What this shows: objects of all kinds, alone or in lists, become what they
// are in a cluster, and what is no object is named.

#include "segmentation/read_object.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(ReadObjectTest, Controllers) {
  for (const char* const type :
       {"apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet",
        "apps/v1 ReplicaSet", "batch/v1 Job", "batch/v1 CronJob"}) {
    const std::string api =
        std::string(type).substr(0, std::string(type).find(' '));
    const std::string kind = std::string(type).substr(api.size() + 1);
    const std::string pod =
        "{metadata: {labels: {app: x}}, spec: {containers: [{name: c, ports: "
        "[{containerPort: 80}]}]}}";
    const std::string spec =
        kind == "CronJob" ? "{jobTemplate: {spec: {template: " + pod + "}}}"
                          : "{template: " + pod + "}";
    const Cluster cluster =
        ReadCluster("apiVersion: " + api + "\nkind: " + kind +
                    "\nmetadata: {name: w, labels: {app: v}}\nspec: " + spec);
    ASSERT_THAT(cluster.workloads, SizeIs(1)) << type;
    const Workload& workload = cluster.workloads[0];
    EXPECT_EQ(workload.labels, (Labels{{"app", "x"}})) << type;
    EXPECT_EQ(workload.namespace_name, "default");
    EXPECT_EQ(workload.owner_kind, kind);
    EXPECT_THAT(workload.ports, SizeIs(1)) << type;
  }
}

TEST(ReadObjectTest, PodsAreListedUnderTheirController) {
  const Cluster cluster = ReadCluster(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  ownerReferences:\n"
      "  - {kind: Other, name: o}\n"
      "  - {kind: ReplicaSet, name: rs, controller: true}\n");
  EXPECT_EQ(cluster.workloads.at(0).owner_kind, "ReplicaSet");
  EXPECT_EQ(cluster.workloads.at(0).owner_name, "rs");
}

TEST(ReadObjectTest, Lists) {
  const Cluster cluster = ReadCluster(
      R"({"apiVersion": "v1", "kind": "List", "items": [
           {"apiVersion": "v1", "kind": "NamespaceList", "metadata": {},
            "items": [{"metadata": {"name": "n"}}]},
           {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}]})");
  EXPECT_THAT(cluster.namespaces, SizeIs(1));
  EXPECT_EQ(cluster.namespaces.at(0).labels.at(kNamespaceNameLabel), "n");
  EXPECT_THAT(cluster.workloads, SizeIs(1));
}

TEST(ReadObjectTest, ForeignPoliciesAndOthers) {
  const Cluster cluster = ReadCluster(
      "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
      "metadata: {name: c, namespace: ns}\nspec: {anything: [1]}\n---\n"
      "apiVersion: v1\nkind: Secret\nmetadata: {name: m}\ndata: {a: "
      "b}\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
      "metadata: {name: r}\nrules: []\n");
  ASSERT_THAT(cluster.foreign, SizeIs(1));
  EXPECT_EQ(cluster.foreign[0].name, "c");
  ASSERT_THAT(cluster.others, SizeIs(1));
  EXPECT_EQ(cluster.others[0].namespace_name, "");
  EXPECT_EQ(cluster.not_examined.at("Secret"), 1U);
}

TEST(ReadObjectTest, SecondNetworksAreAskedForByAnnotation) {
  const auto with = [](const std::string& annotations) {
    const Cluster cluster = ReadCluster(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {" +
        annotations +
        "}}\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\n"
        "spec: {template: {metadata: {annotations: {" +
        annotations + "}}}}\n");
    EXPECT_EQ(cluster.workloads.at(0).has_second_network,
              cluster.workloads.at(1).has_second_network);
    return cluster.workloads.at(0).has_second_network;
  };
  EXPECT_FALSE(with("k8s.v1.cni.cncf.io/network-status: x"));
  EXPECT_TRUE(with("k8s.v1.cni.cncf.io/networks: x"));
  EXPECT_TRUE(with("v1.multus-cni.io/default-network: x"));
}

TEST(ReadObjectTest, AppArmorIsSwitchedOffByAnnotationOfPodOrTemplate) {
  const std::string metadata =
      "annotations: {container.apparmor.security.beta.kubernetes.io/c: "
      "unconfined}";
  const Cluster cluster = ReadCluster(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, " + metadata +
      "}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
      "spec: {template: {metadata: {" +
      metadata + "}}}\n");
  ASSERT_THAT(cluster.workloads, SizeIs(2));
  for (const Workload& workload : cluster.workloads) {
    EXPECT_THAT(workload.weaknesses,
                ElementsAre("container c: switches AppArmor off"));
  }
}

TEST(ReadObjectTest, StatefulSetsBringTheirClaims) {
  const Cluster cluster = ReadCluster(
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec:\n"
      "  template: {}\n  volumeClaimTemplates:\n"
      "  - {metadata: {name: data}, spec: {storageClassName: fast}}\n");
  ASSERT_THAT(cluster.workloads.at(0).claims, SizeIs(1));
  EXPECT_EQ(cluster.workloads[0].claims[0].storage_class, "fast");
  EXPECT_TRUE(cluster.workloads[0].claims[0].is_template);
}

TEST(ReadObjectTest, NamesWhatIsNoObject) {
  const Cluster cluster = ReadAnyCluster(
      "just text\n---\n{a: b}\n---\napiVersion: v1\nkind: Podd\n"
      "metadata: {name: p, namespace: ns}\n---\napiVersion: v1\nkind: Pod\n"
      "metadata: {namespace: NS, label: {}}\nspecs: {}\n");
  EXPECT_THAT(
      ProblemsOf(cluster),
      ElementsAre(
          "1:1: is a string, not a map",
          "2:3: an object needs apiVersion and kind",
          "3:5: Podd ns/p: unknown kind in v1",
          "4:11: Pod NS/: metadata.name: is needed",
          "4:11: Pod NS/: metadata.namespace: is no name of a namespace",
          "4:11: Pod NS/: metadata.label: unknown field",
          "4:12: Pod NS/: specs: unknown field"));
  EXPECT_THAT(cluster.policies, IsEmpty());
}

}  // namespace
}  // namespace panvault::segmentation
