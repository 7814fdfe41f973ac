// Whether the service's own allowlist, access.yaml, names the same callers as
// the flow matrix: an identity without a flow, or a flow without an identity,
// is a half of a permission that somebody forgot.

#ifndef PANVAULT_SEGMENTATION_ALLOWLIST_H_
#define PANVAULT_SEGMENTATION_ALLOWLIST_H_

#include <vector>

#include "segmentation/flow_matrix.h"
#include "segmentation/model.h"
#include "segmentation/report.h"

namespace panvault::segmentation {

// True if a ConfigMap in the server's namespace holds access.yaml.
bool HasAllowlist(const Cluster& cluster, const FlowMatrix& matrix);

// Compares names and SPIFFE IDs with every such ConfigMap; without one, there
// is nothing to compare. One that cannot be read leaves the verdict open.
// Thread-safe, as above.
std::vector<Finding> MatchAllowlist(const Cluster& cluster,
                                    const FlowMatrix& matrix);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_ALLOWLIST_H_
