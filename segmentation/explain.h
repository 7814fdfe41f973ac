// Explain: may this one talk to that one on that port, and which rule says so.

#ifndef PANVAULT_SEGMENTATION_EXPLAIN_H_
#define PANVAULT_SEGMENTATION_EXPLAIN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/connections.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

struct Ends {
  absl::string_view source;
  absl::string_view destination;
};

// One direction: what the source may send, or what the destination may receive.
struct Half {
  bool is_allowed = false;
  // The rules that allow it; or the policies that isolate without allowing it.
  // Pods on the host network count as a node, and a pod's own node reaches it
  // whatever policies say: that is a reason too, but does not make it allowed.
  std::vector<std::string> reasons;
};

struct Explanation {
  Half egress;
  Half ingress;
  bool is_allowed() const { return egress.is_allowed && ingress.is_allowed; }
};

struct ExplainOptions {
  // Lets an ipBlock match the addresses of pods, as far as they are known.
  // Plugins differ; by default a block speaks of addresses outside.
  bool blocks_match_pods = false;
};

// An end is "namespace/name" of a pod or controller, or an address. A pod on
// the host network counts as part of its node, which no selector describes.
// Errors: kNotFound for a pod that is not in the cluster, kInvalidArgument if
// both are addresses or one is neither. Thread-safe, as below.
absl::StatusOr<Explanation> Explain(const Cluster& cluster, const Ends& ends,
                                    const Connection& connection,
                                    const ExplainOptions& options = {});

// Some lines for a person.
std::string ToText(const Explanation& explanation);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_EXPLAIN_H_
