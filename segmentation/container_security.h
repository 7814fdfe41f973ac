// What of the pod security standard "restricted" a container does not meet.
//
// Source: Kubernetes, Pod Security Standards, profile "restricted", without
// its list of volume types.

#ifndef PANVAULT_SEGMENTATION_CONTAINER_SECURITY_H_
#define PANVAULT_SEGMENTATION_CONTAINER_SECURITY_H_

#include <map>
#include <string>
#include <vector>

#include "segmentation/node.h"

namespace panvault::segmentation {

// What the pod's securityContext gives to containers that say nothing.
struct PodSecurity {
  bool runs_as_non_root = false;
  bool has_seccomp = false;
};

// `context` is null if there is none. Thread-safe, as below.
PodSecurity ReadPodSecurity(const TreeNode* context);

// What the pod's securityContext itself does that "restricted" does not allow,
// beside what it leaves to containers.
std::vector<std::string> PodWeaknesses(const TreeNode* context);

// What a pod's annotations, by name, do that the standard does not allow: a
// container's AppArmor profile, which the API server of Kubernetes takes from
// there as well.
std::vector<std::string> AnnotationWeaknesses(
    const std::map<std::string, std::string>& annotations);

// Each in a few words: "may gain privileges".
std::vector<std::string> ContainerWeaknesses(const TreeNode* context,
                                             const PodSecurity& pod);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CONTAINER_SECURITY_H_
