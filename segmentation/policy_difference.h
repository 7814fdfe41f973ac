// What a change of NetworkPolicies opens and closes, for every pod with any
// labels in any namespace and for every address; not only for the pods of the
// input.
//
// It compares halves: what pods may receive, and what they may send. Where no
// half changes, no connection does. Where one does, the other end's policies
// may still keep it closed. It does not see that a namespace or a pod was
// labelled anew; connection_list.h does, for those of the input.

#ifndef PANVAULT_SEGMENTATION_POLICY_DIFFERENCE_H_
#define PANVAULT_SEGMENTATION_POLICY_DIFFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "segmentation/address.h"
#include "segmentation/connections.h"
#include "segmentation/engine.h"
#include "segmentation/model.h"
#include "segmentation/peer_box.h"

namespace panvault::segmentation {

// Pods of one namespace, peers (either pods or addresses), and what is between
// them now and was not before, or the other way round.
struct HalfChange {
  bool is_opened = false;
  Direction direction = Direction::kIngress;
  std::string namespace_name;
  LabelBox pods;
  std::optional<PeerBox> peers;
  AddressSet addresses;
  ConnectionSet connections;
  // Not empty: the port of that name, where a pod gives it to one of
  // `connections`.
  std::string port_name;
};

// Errors: kResourceExhausted if the policies of a namespace cut its pods, or
// their peers, into more than kPiecesMax cases. Thread-safe, as below.
absl::StatusOr<std::vector<HalfChange>> ComparePolicies(
    absl::Span<const NetworkPolicy> before,
    absl::Span<const NetworkPolicy> after);

// "opened ingress of pods [app = web] in a: pods [any] on TCP 80".
std::string ToText(const HalfChange& change);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_POLICY_DIFFERENCE_H_
