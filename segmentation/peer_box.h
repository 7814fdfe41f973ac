// PeerBox: a set of pods, known and unknown, that selectors can describe: for
// each label of the pod and of its namespace, the values that are left open.
//
// Selectors are boxes, and the difference of two boxes is a few boxes. So
// "allowed but not declared" is again a list of boxes; if it is not empty, any
// member is a counter-example, and if it is, no pod with any labels in any
// namespace is one.

#ifndef PANVAULT_SEGMENTATION_PEER_BOX_H_
#define PANVAULT_SEGMENTATION_PEER_BOX_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "segmentation/model.h"
#include "segmentation/value_set.h"

namespace panvault::segmentation {

// Labels that are not mentioned are open. A key never maps to an empty set.
using LabelBox = std::map<std::string, ValueSet>;

// A namespace always has its name as kNamespaceNameLabel.
struct PeerBox {
  LabelBox namespace_labels;
  LabelBox pod_labels;
};

// A pod as far as selectors see it.
struct PodView {
  const Labels& namespace_labels;
  const Labels& pod_labels;
};

// All functions are thread-safe.

PeerBox EveryPod();

// Pods that carry these labels, in the namespace of that name.
PeerBox PodsWith(absl::string_view namespace_name, const Labels& labels);

// nullopt if nothing can match.
std::optional<PeerBox> BoxOf(const Selector& namespaces, const Selector& pods);

bool Matches(const Selector& selector, const Labels& labels);
bool Contains(const PeerBox& box, const PodView& pod);

// nullopt if they have nothing in common.
std::optional<PeerBox> Intersect(const PeerBox& a, const PeerBox& b);

// `a` without `b`, as boxes that do not overlap.
std::vector<PeerBox> Subtract(const PeerBox& a, const PeerBox& b);

// A member: the labels that it must have, no more.
struct ExamplePod {
  std::string namespace_name;
  Labels namespace_labels;  // Without the name.
  Labels pod_labels;
};
ExamplePod ExampleOf(const PeerBox& box);

// "pod {app=web} in namespace shop" or "... in namespace other {team=x}".
std::string ToText(const ExamplePod& pod);

// "namespace kubernetes.io/metadata.name = shop; pod app = web".
std::string ToText(const PeerBox& box);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_PEER_BOX_H_
