// WorkloadIdentity: namespace and service account out of a SPIFFE ID of the
// usual form, spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT. The form
// is a convention; an ID of another form cannot be tied to pods.

#ifndef PANVAULT_SEGMENTATION_WORKLOAD_IDENTITY_H_
#define PANVAULT_SEGMENTATION_WORKLOAD_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace panvault::segmentation {

struct WorkloadIdentity {
  std::string trust_domain;
  std::string namespace_name;
  std::string service_account;
};

// Errors: kInvalidArgument names the rule. Thread-safe.
absl::StatusOr<WorkloadIdentity> ParseWorkloadIdentity(
    absl::string_view spiffe_id);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_WORKLOAD_IDENTITY_H_
