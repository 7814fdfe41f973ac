// Whether an admission policy ties a caller's labels to its service account.
//
// A NetworkPolicy admits labels, and whoever may create a pod may label it; a
// SPIFFE ID speaks for a service account. Only a rule at admission makes the
// two one. CEL is not evaluated here: the one form that counts is the one that
// the chart writes, and docs/segmentation.md gives it.

#ifndef PANVAULT_SEGMENTATION_LABEL_TIE_H_
#define PANVAULT_SEGMENTATION_LABEL_TIE_H_

#include <string>

#include "segmentation/flow_matrix.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// The expression that says: in that namespace, a pod with all these labels runs
// as that service account. Thread-safe, as below.
std::string TieExpression(const CallerFlow& caller);

// True if a ValidatingAdmissionPolicy holds that expression for every creation
// and update of pods in the caller's namespace, without conditions, and is
// bound so that it denies.
bool IsTied(const Cluster& cluster, const CallerFlow& caller);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_LABEL_TIE_H_
