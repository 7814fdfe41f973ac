#include "segmentation/object_kind.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace panvault::segmentation {
namespace {

template <size_t N>
bool IsAmong(absl::string_view text, const absl::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

absl::string_view GroupOf(absl::string_view api_version) {
  const size_t slash = api_version.find('/');
  return slash == absl::string_view::npos ? "" : api_version.substr(0, slash);
}

// Groups of network plugins and of the policies above NetworkPolicy: what they
// hold may open or close anything.
constexpr absl::string_view kForeignGroups[] = {"policy.networking.k8s.io",
                                                "cilium.io",
                                                "projectcalico.org",
                                                "crd.projectcalico.org",
                                                "crd.antrea.io",
                                                "network.openshift.io",
                                                "k8s.ovn.org",
                                                "kubeovn.io",
                                                "crd.nsx.vmware.com",
                                                "k8s.cni.cncf.io",
                                                "vpcresources.k8s.aws",
                                                "networking.aws.dev",
                                                "networking.gke.io",
                                                "networking.k8s.aws"};

// Of those groups, what only says how nodes and addresses are managed.
constexpr absl::string_view kForeignButHarmless[] = {
    "IPPool",
    "IPAMBlock",
    "IPAMConfig",
    "IPAMHandle",
    "BlockAffinity",
    "ClusterInformation",
    "CiliumNode",
    "CiliumEndpoint",
    "CiliumIdentity",
    "KubeControllersConfiguration",
    "ManagedCertificate",
    "FrontendConfig"};

constexpr absl::string_view kControllers[] = {
    "Deployment", "StatefulSet", "DaemonSet",
    "ReplicaSet", "Job",         "ReplicationController"};

constexpr absl::string_view kControllerGroups[] = {"apps", "batch",
                                                   "extensions"};

// Of Kubernetes' own groups: every other kind there is a slip of the pen.
constexpr absl::string_view kOthers[] = {"Role",
                                         "ClusterRole",
                                         "RoleBinding",
                                         "ClusterRoleBinding",
                                         "PersistentVolumeClaim",
                                         "StorageClass",
                                         "Service",
                                         "ConfigMap",
                                         "ValidatingAdmissionPolicy",
                                         "ValidatingAdmissionPolicyBinding"};

constexpr absl::string_view kUnrelatedKinds[] = {
    "Binding",
    "ComponentStatus",

    "Endpoints",
    "Event",
    "LimitRange",
    "Node",
    "PersistentVolume",
    "PodTemplate",
    "ResourceQuota",
    "Secret",
    "ServiceAccount",
    "ControllerRevision",
    "Ingress",
    "IngressClass",
    "IPAddress",
    "ServiceCIDR",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "CSIDriver",
    "CSINode",
    "CSIStorageCapacity",
    "VolumeAttachment",
    "VolumeAttributesClass",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "Lease",
    "LeaseCandidate",
    "EndpointSlice",
    "PriorityClass",
    "RuntimeClass",
    "FlowSchema",
    "PriorityLevelConfiguration",
    "CertificateSigningRequest",
    "ClusterTrustBundle",
    "CustomResourceDefinition",
    "APIService",
    "ResourceClaim",
    "ResourceClaimTemplate",
    "DeviceClass",
    "ResourceSlice"};

bool IsBuiltInGroup(absl::string_view group) {
  return !absl::StrContains(group, ".") || absl::EndsWith(group, ".k8s.io");
}

bool IsRightGroup(absl::string_view group) {
  return group.empty() || IsAmong(group, kControllerGroups);
}

}  // namespace

ObjectKind KindOf(const TypeName& type) {
  const absl::string_view group = GroupOf(type.api_version);
  if (IsAmong(group, kForeignGroups)) {
    return IsAmong(type.kind, kForeignButHarmless) ? ObjectKind::kUnrelated
                                                   : ObjectKind::kForeignPolicy;
  }
  if (type.kind == "NetworkPolicy") {
    return type.api_version == "networking.k8s.io/v1"
               ? ObjectKind::kNetworkPolicy
               : ObjectKind::kForeignPolicy;
  }
  if (absl::EndsWith(type.kind, "NetworkPolicy")) {
    return ObjectKind::kForeignPolicy;
  }
  if (!IsBuiltInGroup(group)) return ObjectKind::kUnrelated;
  if (type.api_version == "v1" && type.kind == "Namespace") {
    return ObjectKind::kNamespace;
  }
  if (type.api_version == "v1" && type.kind == "Pod") return ObjectKind::kPod;
  if (IsAmong(type.kind, kControllers) && IsRightGroup(group)) {
    return ObjectKind::kController;
  }
  if (group == "batch" && type.kind == "CronJob") return ObjectKind::kCronJob;
  if (IsAmong(type.kind, kOthers)) return ObjectKind::kOther;
  // Groups such as gateway.networking.k8s.io belong to extensions.
  if (IsAmong(type.kind, kUnrelatedKinds) ||
      std::count(group.begin(), group.end(), '.') > 2) {
    return ObjectKind::kUnrelated;
  }
  return ObjectKind::kUnknown;
}

std::optional<TypeName> ItemsOf(const TypeName& type) {
  absl::string_view kind = type.kind;
  if (!absl::ConsumeSuffix(&kind, "List")) return std::nullopt;
  if (kind.empty()) return TypeName();
  return TypeName{type.api_version, std::string(kind)};
}

bool IsClusterScoped(absl::string_view kind) {
  static constexpr absl::string_view kKinds[] = {
      "Namespace",
      "ClusterRole",
      "ClusterRoleBinding",
      "StorageClass",
      "ValidatingAdmissionPolicy",
      "ValidatingAdmissionPolicyBinding"};
  return IsAmong(kind, kKinds);
}

}  // namespace panvault::segmentation
