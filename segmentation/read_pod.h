// Reads what bears on the network, and on the pod security standard
// "restricted", from the specification of a pod.

#ifndef PANVAULT_SEGMENTATION_READ_POD_H_
#define PANVAULT_SEGMENTATION_READ_POD_H_

#include "segmentation/fields.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// `spec` of a Pod, or of the template of a controller. Fills in what it tells:
// ports of all containers, host network, service account, security. Fields that
// Kubernetes does not have are reported. Thread-safe, as below.
void ReadPodSpec(Fields spec, Workload& workload);

// `status` of a running pod: whether it is finished, its addresses.
void ReadPodStatus(Fields status, Workload& workload);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_READ_POD_H_
