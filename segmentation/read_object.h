// Reads one Kubernetes object, of whatever kind, into a Cluster.

#ifndef PANVAULT_SEGMENTATION_READ_OBJECT_H_
#define PANVAULT_SEGMENTATION_READ_OBJECT_H_

#include "segmentation/model.h"
#include "segmentation/node.h"

namespace panvault::segmentation {

// `source` is where the document stands. Lists are read item by item. What is
// wrong is added to the cluster's problems. Not thread-safe on one cluster.
void ReadObject(const TreeNode& root, const Source& source, Cluster& cluster);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_READ_OBJECT_H_
