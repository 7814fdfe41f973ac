// What the flow matrix declares for one pod of the release, in the terms of the
// engine: peers times connections.

#ifndef PANVAULT_SEGMENTATION_DECLARED_H_
#define PANVAULT_SEGMENTATION_DECLARED_H_

#include <optional>
#include <string>
#include <vector>

#include "segmentation/engine.h"
#include "segmentation/flow_matrix.h"
#include "segmentation/model.h"
#include "segmentation/peer_box.h"

namespace panvault::segmentation {

// Either pods or addresses.
struct DeclaredPeer {
  std::string flow;
  std::optional<PeerBox> pods;
  AddressSet addresses;
  ConnectionSet connections;
};

// The pods that the release is made of, with its labels, in its namespace.
// Finished pods are left out. Points into `cluster`. Thread-safe, as below.
std::vector<const Workload*> ReleasePods(const Cluster& cluster,
                                         const FlowMatrix& matrix);

// A pod for each component that flows name and the input has no pod of, because
// an operator or a hook makes it: nothing but the labels that it will have. The
// server is not among them. Of kind "component".
std::vector<Workload> AbsentPods(const Cluster& cluster,
                                 const FlowMatrix& matrix);

// What `pod`, one of those, may receive or send.
std::vector<DeclaredPeer> DeclaredFor(const Workload& pod,
                                      const FlowMatrix& matrix,
                                      Direction direction);

bool IsServer(const Workload& pod, const FlowMatrix& matrix);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_DECLARED_H_
