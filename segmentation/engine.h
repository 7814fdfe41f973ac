// What NetworkPolicies let through to or from one pod, for every peer at once:
// pods with any labels in any namespace, and every IPv4 and IPv6 address.
//
// Source: the API of NetworkPolicy, networking.k8s.io/v1. Where it leaves the
// answer to the network plugin, the reading is: selectors do not match pods on
// the host network; an ipBlock speaks of addresses and not of pods; policies do
// not apply to pods on the host network. Out of reach of any policy, and so not
// in the result: a pod's own node, replies, loopback, other protocols.

#ifndef PANVAULT_SEGMENTATION_ENGINE_H_
#define PANVAULT_SEGMENTATION_ENGINE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "segmentation/connections.h"
#include "segmentation/model.h"
#include "segmentation/peer_box.h"

namespace panvault::segmentation {

enum class Direction { kIngress, kEgress };
absl::string_view DirectionName(Direction direction);  // "ingress"

// Which rule, and which of its peers, lets something through. The policy is
// null if none isolates the pod, so that everything is let through.
struct Origin {
  const NetworkPolicy* policy = nullptr;
  size_t rule = 0;
  std::optional<size_t> peer;  // Absent: the rule has none, so everybody.
};

// "NetworkPolicy shop/allow, ingress rule 2, peer 1" (counted from 1).
std::string ToText(const Origin& origin, Direction direction);

struct NamedPort {
  Protocol protocol;
  std::string name;
};

// Peers times connections. Points into the policies it was made from.
struct Admission {
  Origin origin;
  std::optional<PeerBox> pods;
  AddressSet addresses;
  ConnectionSet connections;
  // Ports that the destination pod gives a number to, if it does: the peer for
  // egress, and for ingress the pod itself where its ports are not known.
  std::vector<NamedPort> named;
};

using PolicyList = std::vector<const NetworkPolicy*>;

// Policies that isolate the pod in that direction; none for a pod on the host
// network. Thread-safe, as all below.
PolicyList Isolating(absl::Span<const NetworkPolicy> policies,
                     const Workload& pod, Direction direction);

// `policies` are all that isolate a pod whose containers have `ports`. Their
// union is exactly what gets through.
std::vector<Admission> Admissions(const PolicyList& policies,
                                  absl::Span<const ContainerPort> ports,
                                  Direction direction);

// The same for any pod that they select, whatever its containers are.
std::vector<Admission> AdmissionsOfAnyPod(const PolicyList& policies,
                                          Direction direction);

// The numbers that a pod gives to a named port.
ConnectionSet Resolve(const NamedPort& named,
                      absl::Span<const ContainerPort> ports);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_ENGINE_H_
