// What lies around the network: security of the release's pods, secrets in
// their environment, encryption of their volumes, overdue reviews, and policies
// that leave to defaults what they should say.

#ifndef PANVAULT_SEGMENTATION_SURROUNDINGS_H_
#define PANVAULT_SEGMENTATION_SURROUNDINGS_H_

#include <vector>

#include "absl/time/civil_time.h"
#include "segmentation/flow_matrix.h"
#include "segmentation/model.h"
#include "segmentation/report.h"

namespace panvault::segmentation {

// A review that is overdue by more than this fails; before, it is warned of.
inline constexpr int kReviewGraceDays = 31;

// Thread-safe.
std::vector<Finding> CheckSurroundings(const Cluster& cluster,
                                       const FlowMatrix& matrix,
                                       absl::CivilDay today);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_SURROUNDINGS_H_
