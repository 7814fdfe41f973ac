// The proof: for each pod of the release and each direction, what
// NetworkPolicies let through equals what the flow matrix declares, for peers
// with any labels in any namespace and for every address.
//
// It leans on the release's own policies alone: what others are kept from
// sending does not count, since nothing ties their namespaces to it.

#ifndef PANVAULT_SEGMENTATION_VERIFY_H_
#define PANVAULT_SEGMENTATION_VERIFY_H_

#include <vector>

#include "segmentation/flow_matrix.h"
#include "segmentation/model.h"
#include "segmentation/report.h"
#include "segmentation/watch.h"

namespace panvault::segmentation {

// Leaks, blocked flows, pods out of reach of policies, and all that keeps the
// question from being decided (problems and foreign policies of the cluster).
// `watch` is told of pods that are judged. Thread-safe.
std::vector<Finding> VerifyFlows(const Cluster& cluster,
                                 const FlowMatrix& matrix,
                                 const Watch& watch = {});

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_VERIFY_H_
