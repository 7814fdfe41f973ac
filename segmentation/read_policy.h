// Reads a NetworkPolicy of networking.k8s.io/v1, as strictly as the API server.

#ifndef PANVAULT_SEGMENTATION_READ_POLICY_H_
#define PANVAULT_SEGMENTATION_READ_POLICY_H_

#include "segmentation/fields.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// `spec` of the policy, whose names the caller fills in. The policy is usable
// only if nothing was reported. Thread-safe.
NetworkPolicy ReadPolicySpec(Fields spec);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_READ_POLICY_H_
