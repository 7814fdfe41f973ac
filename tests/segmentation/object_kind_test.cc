// What this shows: every kind of object is either understood, known to be of no
// matter, or a reason not to pass; a slip of the pen is none of the first two.

#include "segmentation/object_kind.h"

#include "gtest/gtest.h"

namespace panvault::segmentation {
namespace {

TEST(ObjectKindTest, KnownAnswers) {
  struct Answer {
    const char* api_version;
    const char* kind;
    ObjectKind is;
  };
  constexpr Answer kAnswers[] = {
      {"v1", "Namespace", ObjectKind::kNamespace},
      {"v1", "Pod", ObjectKind::kPod},
      {"apps/v1", "Deployment", ObjectKind::kController},
      {"apps/v1", "StatefulSet", ObjectKind::kController},
      {"apps/v1", "DaemonSet", ObjectKind::kController},
      {"apps/v1", "ReplicaSet", ObjectKind::kController},
      {"batch/v1", "Job", ObjectKind::kController},
      {"batch/v1", "CronJob", ObjectKind::kCronJob},
      {"networking.k8s.io/v1", "NetworkPolicy", ObjectKind::kNetworkPolicy},
      {"networking.k8s.io/v1", "NetworkPolcy", ObjectKind::kUnknown},
      {"networking.k8s.io/v1beta1", "NetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"extensions/v1beta1", "NetworkPolicy", ObjectKind::kForeignPolicy},
      {"networking/v1", "NetworkPolicy", ObjectKind::kForeignPolicy},
      {"policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"cilium.io/v2", "CiliumNetworkPolicy", ObjectKind::kForeignPolicy},
      {"cilium.io/v2", "CiliumClusterwideNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"cilium.io/v2", "CiliumNode", ObjectKind::kUnrelated},
      {"projectcalico.org/v3", "GlobalNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"projectcalico.org/v3", "GlobalNetworkSet", ObjectKind::kForeignPolicy},
      {"crd.projectcalico.org/v1", "NetworkPolicy", ObjectKind::kForeignPolicy},
      {"crd.antrea.io/v1beta1", "ClusterNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"network.openshift.io/v1", "EgressNetworkPolicy",
       ObjectKind::kForeignPolicy},
      {"k8s.ovn.org/v1", "EgressFirewall", ObjectKind::kForeignPolicy},
      {"k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition",
       ObjectKind::kForeignPolicy},
      {"vendor.example/v1", "FancyNetworkPolicy", ObjectKind::kForeignPolicy},
      {"rbac.authorization.k8s.io/v1", "Role", ObjectKind::kOther},
      {"v1", "PersistentVolumeClaim", ObjectKind::kOther},
      {"storage.k8s.io/v1", "StorageClass", ObjectKind::kOther},
      {"admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy",
       ObjectKind::kOther},
      {"v1", "ConfigMap", ObjectKind::kOther},
      {"v1", "Secret", ObjectKind::kUnrelated},
      {"monitoring.coreos.com/v1", "ServiceMonitor", ObjectKind::kUnrelated},
      {"cert-manager.io/v1", "Certificate", ObjectKind::kUnrelated},
      {"gateway.networking.k8s.io/v1", "HTTPRoute", ObjectKind::kUnrelated},
      {"v1", "Deployment", ObjectKind::kController},
      {"v1", "pod", ObjectKind::kUnknown},
      {"apps/v1", "Deploymnet", ObjectKind::kUnknown},
      {"v2", "Pod", ObjectKind::kUnknown},
  };
  for (const Answer& answer : kAnswers) {
    EXPECT_EQ(KindOf({answer.api_version, answer.kind}), answer.is)
        << answer.api_version << " " << answer.kind;
  }
}

TEST(ObjectKindTest, Lists) {
  ASSERT_TRUE(ItemsOf({"v1", "List"}));
  EXPECT_EQ(ItemsOf({"v1", "List"})->kind, "");
  ASSERT_TRUE(ItemsOf({"networking.k8s.io/v1", "NetworkPolicyList"}));
  EXPECT_EQ(ItemsOf({"networking.k8s.io/v1", "NetworkPolicyList"})->kind,
            "NetworkPolicy");
  EXPECT_FALSE(ItemsOf({"v1", "Pod"}));
}

TEST(ObjectKindTest, Scope) {
  EXPECT_TRUE(IsClusterScoped("ClusterRole"));
  EXPECT_FALSE(IsClusterScoped("Role"));
}

}  // namespace
}  // namespace panvault::segmentation
