// PodClasses: the pods of the input, those together that no policy of the input
// can tell apart. A cluster has many more pods than classes, so what is known
// of a class is worked out once.

#ifndef PANVAULT_SEGMENTATION_POD_CLASSES_H_
#define PANVAULT_SEGMENTATION_POD_CLASSES_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "segmentation/engine.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// What peers see of a pod: only labels and port names that some policy names.
struct PodFace {
  Labels namespace_labels;
  Labels pod_labels;
  std::vector<ContainerPort> ports;
};

// One direction of the pods that the same policies isolate in it.
using PodHalf = std::vector<Admission>;

// Numbers in the lists of PodClasses.
struct PodClass {
  size_t face = 0;
  size_t ingress = 0;
  size_t egress = 0;
};

// Points into the cluster it was made from.
struct PodClasses {
  std::vector<PodFace> faces;
  std::vector<PodHalf> ingress;
  std::vector<PodHalf> egress;
  std::vector<PodClass> classes;
  // "namespace/owner[Kind]" to the classes of its pods, each once.
  std::map<std::string, std::vector<size_t>> names;
};

// "namespace/owner[Kind]".
std::string ListedName(const Workload& pod);

// Without finished pods, and without those on the host network unless
// `host_network_as_pods`. Thread-safe.
PodClasses ClassifyPods(const Cluster& cluster, bool host_network_as_pods);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_POD_CLASSES_H_
