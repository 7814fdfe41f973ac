// What a Kubernetes object is to a segmentation check, by its API group and
// kind alone.

#ifndef PANVAULT_SEGMENTATION_OBJECT_KIND_H_
#define PANVAULT_SEGMENTATION_OBJECT_KIND_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace panvault::segmentation {

enum class ObjectKind {
  kNamespace,
  kPod,
  kController,     // Has a pod template at spec.template.
  kCronJob,        // Has one at spec.jobTemplate.spec.template.
  kNetworkPolicy,  // networking.k8s.io/v1.
  kForeignPolicy,  // Of a network plugin, or above NetworkPolicy.
  kOther,          // Looked at for findings.
  kUnrelated,      // Says nothing about who may talk to whom.
  kUnknown,        // Kubernetes has no such kind in this group.
};

struct TypeName {
  std::string api_version;
  std::string kind;
};

// Thread-safe, as below.
ObjectKind KindOf(const TypeName& type);

// The type of the items of "PodList"; of "List", whose items name their own, an
// empty one. nullopt if this is no list.
std::optional<TypeName> ItemsOf(const TypeName& type);

// Has no namespace.
bool IsClusterScoped(absl::string_view kind);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_OBJECT_KIND_H_
