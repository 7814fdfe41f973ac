// What this shows: from a pod's specification comes what bears on the network
// and its security, and a misspelt field is no silent default.

#include "segmentation/read_pod.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/read_cluster.h"

namespace panvault::segmentation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::string PodText(absl::string_view spec, absl::string_view status = "{}") {
  return absl::StrCat(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a}\nspec: ",
      spec, "\nstatus: ", status, "\n");
}

Workload Read(absl::string_view spec, absl::string_view status = "{}") {
  const Cluster cluster = ReadCluster(PodText(spec, status));
  EXPECT_THAT(cluster.workloads, SizeIs(1));
  return cluster.workloads.front();
}

TEST(ReadPodTest, PortsOfAllContainers) {
  const Workload pod = Read(
      "{initContainers: [{name: i, ports: [{name: dns, containerPort: 53, "
      "protocol: UDP}]}], containers: [{name: c, ports: [{containerPort: "
      "80}]}], ephemeralContainers: [{name: e, ports: [{containerPort: 1}]}]}");
  ASSERT_THAT(pod.ports, SizeIs(3));
  EXPECT_EQ(pod.ports[0].name, "dns");
  EXPECT_EQ(pod.ports[0].protocol, Protocol::kUdp);
  EXPECT_EQ(pod.ports[1].protocol, Protocol::kTcp);
  EXPECT_EQ(pod.ports[1].number, 80U);
}

TEST(ReadPodTest, HostSharing) {
  EXPECT_FALSE(Read("{containers: []}").host_network);
  const Workload shared = Read("{hostNetwork: true, hostPID: true}");
  EXPECT_TRUE(shared.host_network);
  EXPECT_THAT(shared.weaknesses,
              ElementsAre("hostNetwork is set", "hostPID is set"));
}

TEST(ReadPodTest, ServiceAccountDefaults) {
  EXPECT_EQ(Read("{}").service_account, "default");
  EXPECT_EQ(Read("{serviceAccountName: x}").service_account, "x");
}

TEST(ReadPodTest, SecretsInTheEnvironment) {
  EXPECT_THAT(
      Read("{containers: [{name: c, env: [{name: A, value: x}, {name: B, "
           "valueFrom: {secretKeyRef: {name: s, key: k}}}], envFrom: "
           "[{secretRef: {name: s}}, {configMapRef: {name: m}}]}]}")
          .secret_env,
      ElementsAre("container c: B", "container c: every key of a Secret"));
}

TEST(ReadPodTest, Volumes) {
  const Workload pod = Read(
      "{volumes: [{name: v, persistentVolumeClaim: {claimName: data}}, "
      "{name: h, hostPath: {path: /}}]}");
  ASSERT_THAT(pod.claims, SizeIs(1));
  EXPECT_EQ(pod.claims[0].name, "data");
  EXPECT_THAT(pod.weaknesses, Contains("a volume is a path of the node"));
}

TEST(ReadPodTest, SecretsByWhateverWay) {
  const Workload pod = Read(
      "{imagePullSecrets: [{name: pull}], volumes: [{name: a, secret: "
      "{secretName: s1}}, {name: b, projected: {sources: [{secret: {name: "
      "s2}}, {configMap: {name: no}}]}}, {name: c, csi: {driver: d, "
      "nodePublishSecretRef: {name: s3}}}, {name: d, configMap: {name: no}}], "
      "containers: [{name: c, env: [{name: K, valueFrom: {secretKeyRef: "
      "{name: s4, key: k}}}], envFrom: [{secretRef: {name: s5}}]}]}");
  EXPECT_THAT(pod.secrets, UnorderedElementsAre("s1", "s2", "s3", "s4", "s5"));
}

TEST(ReadPodTest, VolumesAndPortsOfTheNode) {
  const std::string good =
      "{securityContext: {runAsNonRoot: true, seccompProfile: {type: "
      "RuntimeDefault}}, containers: [{name: c, ports: [{containerPort: 80, "
      "hostPort: 0}], securityContext: {allowPrivilegeEscalation: false, "
      "capabilities: {drop: [ALL]}}}], volumes: [{name: a, emptyDir: {}}, "
      "{name: b, ephemeral: {}}";
  EXPECT_THAT(Read(good + "]}").weaknesses, IsEmpty());
  EXPECT_THAT(
      Read(good + ", {name: n, nfs: {server: s, path: /}}]}").weaknesses,
      ElementsAre("a volume is of the kind nfs"));
  EXPECT_THAT(
      Read("{containers: [{name: c, ports: [{containerPort: 80, hostPort: "
           "80}]}]}")
          .weaknesses,
      Contains("container c: takes a port of the node"));
}

TEST(ReadPodTest, ContainersAreJudgedOneByOne) {
  EXPECT_THAT(Read("{securityContext: {runAsNonRoot: true, seccompProfile: "
                   "{type: RuntimeDefault}}, containers: [{name: c, "
                   "securityContext: {allowPrivilegeEscalation: false}}]}")
                  .weaknesses,
              ElementsAre("container c: keeps capabilities"));
}

TEST(ReadPodTest, Status) {
  EXPECT_FALSE(Read("{}", "{phase: Running}").is_finished);
  EXPECT_TRUE(Read("{}", "{phase: Succeeded}").is_finished);
  EXPECT_TRUE(Read("{}", "{phase: Failed}").is_finished);
}

TEST(ReadPodTest, Addresses) {
  const Cluster cluster = ReadAnyCluster(PodText(
      "{}", "{podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: fd00--1}]}"));
  EXPECT_EQ(ToText(cluster.workloads.at(0).addresses), "10.0.0.1");
  ASSERT_THAT(cluster.problems, SizeIs(1));
  EXPECT_EQ(cluster.problems[0].what, "not an IPv4 or IPv6 address");
}

TEST(ReadPodTest, ReportsMistakes) {
  const Cluster cluster = ReadAnyCluster(PodText(
      "{hostnetwork: true, containers: [{name: c, port: [], ports: "
      "[{containerPort: 0}, {containerport: 5, containerPort: 5}, "
      "{containerPort: 80, protocol: tcp}, {name: \"80\", containerPort: "
      "80}]}]}"));
  const std::string at = "Pod a/p: spec.containers[0]";
  EXPECT_THAT(
      Shown(cluster.problems),
      ElementsAre(at + ".ports[0].containerPort: is needed, from 1 to 65535",
                  at + ".ports[1].containerport: unknown field",
                  at + ".ports[2].protocol: is not TCP, UDP or SCTP",
                  at + ".ports[3].name: is no port name",
                  at + ".port: unknown field",
                  "Pod a/p: spec.hostnetwork: unknown field"));
}

}  // namespace
}  // namespace panvault::segmentation
