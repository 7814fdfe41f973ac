// The type of a YAML scalar without quotes, as Kubernetes' reader (YAML 1.1)
// resolves it.

#ifndef PANVAULT_SEGMENTATION_YAML_SCALAR_H_
#define PANVAULT_SEGMENTATION_YAML_SCALAR_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/node.h"

namespace panvault::segmentation {

// A node of kind kNull, kBool, kInt, kFloat or kString, without line.
// Errors: kInvalidArgument for an integer outside 64 bits. Thread-safe.
absl::StatusOr<TreeNode> ResolveScalar(absl::string_view text);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_YAML_SCALAR_H_
