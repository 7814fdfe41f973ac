// Services, as far as they bear on policies: policies see the port of the pod,
// after a Service's own port was translated (core/v1, ServicePort.targetPort).

#ifndef PANVAULT_SEGMENTATION_SERVICES_H_
#define PANVAULT_SEGMENTATION_SERVICES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/connections.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// A pod, or a controller's pods, behind a Service, and where it is reached
// there.
struct ServiceTarget {
  std::string pod;  // "namespace/name".
  Connection connection;
};

// `name` is "namespace/name" of a Service, `connection` a port of its own. A
// pod that gives no number to a named targetPort is none of its targets.
// Errors: kNotFound for no such Service, port or pod; kFailedPrecondition for
// one without selector or of type ExternalName, which leads to addresses that
// no manifest has to name. Thread-safe.
absl::StatusOr<std::vector<ServiceTarget>> FollowService(
    const Cluster& cluster, absl::string_view name,
    const Connection& connection);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_SERVICES_H_
