// One whole check: from manifests and declared flows to a report.

#ifndef PANVAULT_SEGMENTATION_CHECK_H_
#define PANVAULT_SEGMENTATION_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "segmentation/flow_matrix.h"
#include "segmentation/manifests.h"
#include "segmentation/match_callers.h"
#include "segmentation/report.h"
#include "segmentation/watch.h"

namespace panvault::segmentation {

struct CheckOptions {
  MatchOptions match;
  bool warnings_fail = false;
  absl::CivilDay today;  // For reviews that are overdue.
  Watch watch;
};

// The verdict, all findings in a fixed order, the flows as rows, what was
// judged and what was not. Leaves the tool's version, command and time to the
// caller. `matrix_problems` are those of the matrix; with any, nothing is
// judged but the verdict is kUnknown. Thread-safe.
Report Check(const Manifests& manifests, const FlowMatrix& matrix,
             const std::vector<Problem>& matrix_problems,
             const CheckOptions& options);

// The text of flows.yaml out of the one ConfigMap of the manifests that has it.
// Errors: kNotFound if none has, kFailedPrecondition if several have.
absl::StatusOr<std::string> FlowsInManifests(const Cluster& cluster);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CHECK_H_
