// What this shows: what lies around the network is judged for the release's own
// pods, flows and policies.

#include "segmentation/surroundings.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/segmentation/release.h"

namespace panvault::segmentation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Found(const std::string& text,
                               absl::CivilDay today = absl::CivilDay(2026, 12,
                                                                     1)) {
  const Checked checked = CheckText(text);
  std::vector<std::string> shown;
  for (const Finding& one :
       CheckSurroundings(checked.manifests.cluster, checked.matrix, today)) {
    shown.push_back(std::string(SeverityName(one.severity)) + " " + one.rule +
                    ": " + one.subject + ": " + one.message);
  }
  return shown;
}

TEST(SurroundingsTest, TheReleaseIsInOrder) {
  EXPECT_THAT(Found(ReleaseText()), IsEmpty());
}

TEST(SurroundingsTest, OverdueReviews) {
  EXPECT_THAT(Found(ReleaseText(), absl::CivilDay(2027, 3, 31)), IsEmpty());
  EXPECT_EQ(Found(ReleaseText(), absl::CivilDay(2027, 4, 1)).at(0),
            "warning review-overdue: flow checkout-api: its review was due on "
            "2027-03-31");
  EXPECT_EQ(Found(ReleaseText(), absl::CivilDay(2027, 5, 1)).at(0).substr(0, 7),
            "warning");
  EXPECT_EQ(Found(ReleaseText(), absl::CivilDay(2027, 5, 2)).at(0).substr(0, 4),
            "fail");
  EXPECT_EQ(Found(ReleaseText(), absl::CivilDay(2027, 5, 2)).size(), 4U);
}

// A claim of the server's, with the objects that say what it lies on.
std::string WithClaim(const std::string& more) {
  return Changed("        - name: kek\n",
                 "        - name: data\n          persistentVolumeClaim: "
                 "{claimName: d}\n        - name: kek\n",
                 "kind: Deployment\n") +
         more;
}

constexpr char kClaim[] =
    "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: d, "
    "namespace: vault}\nspec: {storageClassName: fast}\n";

std::string StorageClass(const std::string& parameters) {
  return "---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: "
         "{name: fast}\nprovisioner: x\nparameters: {" +
         parameters + "}\n";
}

TEST(SurroundingsTest, VolumesShowTheirEncryption) {
  const std::string at =
      "warning storage-encryption: Deployment vault/rel-panvault: volume d: ";
  EXPECT_THAT(Found(WithClaim("")),
              ElementsAre(at + "the claim is not in the input"));
  EXPECT_THAT(Found(WithClaim(kClaim)),
              ElementsAre(at + "storage class fast is not in the input"));
  EXPECT_THAT(Found(WithClaim(kClaim + StorageClass("encrypted: \"false\""))),
              ElementsAre(at + "storage class fast does not say so"));
  EXPECT_THAT(Found(WithClaim(kClaim + StorageClass("encrypted: \"true\""))),
              IsEmpty());
  EXPECT_THAT(Found(WithClaim(kClaim + StorageClass("kmsKeyId: k"))),
              IsEmpty());
}

TEST(SurroundingsTest, DeclaredNetworksDoNotCoverPods) {
  const auto with_pod = [](const std::string& address) {
    return Found(WithMore(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: dev}\n"
        "status: {podIP: " +
        address + "}\n"));
  };
  EXPECT_THAT(with_pod("10.20.0.6"), IsEmpty());
  EXPECT_THAT(with_pod("10.20.0.5"),
              ElementsAre("warning block-over-pods: flow vault-db: "
                          "10.20.0.5/32 covers Pod dev/p at 10.20.0.5"));
}

TEST(SurroundingsTest, PoliciesSayTheirTypes) {
  EXPECT_THAT(
      Found(Changed("  policyTypes: [Ingress]\n", "")),
      ElementsAre(
          "warning implicit-policy-types: NetworkPolicy vault/callers: has no "
          "policyTypes; the server stores the default of its first version, "
          "and egress rules added later stay without effect"));
}

// Neighbours in the namespace that get the key by any way; those elsewhere have
// Secrets of their own, whatever the names.
TEST(SurroundingsTest, SecretsOfTheReleaseAreForItAlone) {
  const auto neighbour = [](const std::string& space, const std::string& spec) {
    return Found(
        WithMore("apiVersion: v1\nkind: Pod\nmetadata: {name: p, "
                 "namespace: " +
                 space + "}\nspec: {" + spec + "}\n"));
  };
  const std::string finding =
      "fail secret-elsewhere: Pod vault/p: gets Secret panvault-kek of "
      "Deployment "
      "vault/rel-panvault";
  const std::string volume =
      "volumes: [{name: k, secret: {secretName: panvault-kek}}]";
  EXPECT_THAT(neighbour("vault", volume), ElementsAre(finding));
  EXPECT_THAT(
      neighbour("vault",
                "volumes: [{name: k, projected: {sources: [{configMap: {name: "
                "c}}, {secret: {name: panvault-kek}}]}}]"),
      ElementsAre(finding));
  EXPECT_THAT(neighbour("vault",
                        "containers: [{name: c, env: [{name: K, valueFrom: "
                        "{secretKeyRef: {name: panvault-kek, key: k}}}]}]"),
              ElementsAre(finding));
  EXPECT_THAT(neighbour("vault",
                        "containers: [{name: c, envFrom: [{secretRef: {name: "
                        "panvault-kek}}]}]"),
              ElementsAre(finding));
  EXPECT_THAT(neighbour("dev", volume), IsEmpty());
  EXPECT_THAT(neighbour("vault",
                        "volumes: [{name: k, secret: {secretName: "
                        "own}}]"),
              IsEmpty());
}

TEST(SurroundingsTest, PodsOfTheReleaseAreRestricted) {
  EXPECT_THAT(Found(Changed("drop: [ALL]", "drop: [NET_RAW]", "kind: Job\n")),
              ElementsAre("fail pod-security: Job vault/rel-panvault-migrate: "
                          "container migrate: keeps capabilities"));
}

}  // namespace
}  // namespace panvault::segmentation
