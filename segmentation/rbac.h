// Which bindings let somebody around the network: at the release's secrets,
// into its pods, or at the policies themselves.
//
// Looks at roles as written. Left out: the control plane's own bindings, whose
// names begin with "system:", and the group system:masters.

#ifndef PANVAULT_SEGMENTATION_RBAC_H_
#define PANVAULT_SEGMENTATION_RBAC_H_

#include <string>
#include <vector>

#include "segmentation/model.h"
#include "segmentation/report.h"

namespace panvault::segmentation {

// Bindings that reach the namespace. One to a role that the input does not hold
// is a warning, unless it is one of Kubernetes' own (cluster-admin, admin,
// edit; view). Thread-safe.
std::vector<Finding> CheckRbac(const Cluster& cluster,
                               const std::string& namespace_name);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_RBAC_H_
