// Whether callers and what lets them in match one to one: the network admits
// labels, the service admits identities, and both must mean the same pods.

#ifndef PANVAULT_SEGMENTATION_MATCH_CALLERS_H_
#define PANVAULT_SEGMENTATION_MATCH_CALLERS_H_

#include <vector>

#include "segmentation/flow_matrix.h"
#include "segmentation/model.h"
#include "segmentation/report.h"

namespace panvault::segmentation {

struct MatchOptions {
  // Labels that no admission policy ties are warned of, and do not fail.
  bool allow_untied_labels = false;
};

// Callers that one pod can be at once, peers that let in more than one, labels
// that nothing ties, and pods that run as somebody else. Thread-safe.
std::vector<Finding> MatchCallers(const Cluster& cluster,
                                  const FlowMatrix& matrix,
                                  const MatchOptions& options);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_MATCH_CALLERS_H_
