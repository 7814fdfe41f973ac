#include "segmentation/engine.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "segmentation/value_set.h"

namespace panvault::segmentation {
namespace {

// The ports of one rule, for one pod.
struct RulePorts {
  ConnectionSet connections;
  std::vector<NamedPort> named;
};

// Absent: the pod is any.
using OwnPorts = std::optional<absl::Span<const ContainerPort>>;

RulePorts PortsOf(const Rule& rule, const OwnPorts& own_ports,
                  Direction direction) {
  RulePorts result;
  if (rule.ports.empty()) result.connections = AllConnections();
  for (const PortRule& port : rule.ports) {
    if (port.name.empty()) {
      result.connections =
          result.connections.Union(Connections(port.protocol, port.ports));
      continue;
    }
    // A name belongs to the destination: to this pod, or to its peer.
    const NamedPort named{port.protocol, port.name};
    if (direction == Direction::kIngress && own_ports) {
      result.connections = result.connections.Union(Resolve(named, *own_ports));
    } else {
      result.named.push_back(named);
    }
  }
  return result;
}

// Without namespaceSelector, peers are in the namespace of the policy.
std::optional<PeerBox> PodsOf(const Peer& peer, const NetworkPolicy& policy) {
  const Selector pods = peer.pods.value_or(Selector());
  if (peer.namespaces) return BoxOf(*peer.namespaces, pods);
  const Selector own{{{kNamespaceNameLabel,
                       Requirement::Operator::kIn,
                       {policy.namespace_name}}}};
  return BoxOf(own, pods);
}

void AddRule(const Rule& rule, const Origin& origin, RulePorts ports,
             Direction direction, std::vector<Admission>& admissions) {
  if (ports.connections.empty() && ports.named.empty()) return;
  Admission admission;
  admission.origin = origin;
  admission.connections = std::move(ports.connections);
  admission.named = std::move(ports.named);
  if (rule.peers.empty()) {
    admission.pods = EveryPod();
    admission.addresses = AllAddresses();
    admissions.push_back(std::move(admission));
    return;
  }
  for (size_t i = 0; i < rule.peers.size(); ++i) {
    const Peer& peer = rule.peers[i];
    admission.origin.peer = i;
    admission.pods.reset();
    admission.addresses = AddressSet();
    if (peer.block) {
      // No address gives a name to its ports.
      if (admission.connections.empty() && direction == Direction::kEgress) {
        continue;
      }
      admission.addresses = *peer.block;
    } else {
      admission.pods = PodsOf(peer, *origin.policy);
    }
    if (admission.pods || !admission.addresses.empty()) {
      admissions.push_back(admission);
    }
  }
}

std::vector<Admission> AllAdmissions(const PolicyList& policies,
                                     const OwnPorts& own_ports,
                                     Direction direction) {
  std::vector<Admission> admissions;
  if (policies.empty()) {
    AddRule(Rule(), Origin(), {AllConnections(), {}}, direction, admissions);
    return admissions;
  }
  for (const NetworkPolicy* const policy : policies) {
    const std::vector<Rule>& rules =
        direction == Direction::kIngress ? policy->ingress : policy->egress;
    for (size_t i = 0; i < rules.size(); ++i) {
      AddRule(rules[i], Origin{policy, i, std::nullopt},
              PortsOf(rules[i], own_ports, direction), direction, admissions);
    }
  }
  return admissions;
}

}  // namespace

absl::string_view DirectionName(Direction direction) {
  return direction == Direction::kIngress ? "ingress" : "egress";
}

std::string ToText(const Origin& origin, Direction direction) {
  if (origin.policy == nullptr) {
    return absl::StrCat("no NetworkPolicy isolates its ",
                        DirectionName(direction));
  }
  return absl::StrCat(
      "NetworkPolicy ", origin.policy->namespace_name, "/", origin.policy->name,
      ", ", DirectionName(direction), " rule ", origin.rule + 1, ", ",
      origin.peer ? absl::StrCat("peer ", *origin.peer + 1) : "every peer");
}

PolicyList Isolating(absl::Span<const NetworkPolicy> policies,
                     const Workload& pod, Direction direction) {
  PolicyList selected;
  if (pod.host_network) return selected;
  for (const NetworkPolicy& policy : policies) {
    const bool isolates = direction == Direction::kIngress
                              ? policy.isolates_ingress
                              : policy.isolates_egress;
    if (isolates && policy.namespace_name == pod.namespace_name &&
        Matches(policy.pods, pod.labels)) {
      selected.push_back(&policy);
    }
  }
  return selected;
}

std::vector<Admission> Admissions(const PolicyList& policies,
                                  absl::Span<const ContainerPort> ports,
                                  Direction direction) {
  return AllAdmissions(policies, ports, direction);
}

std::vector<Admission> AdmissionsOfAnyPod(const PolicyList& policies,
                                          Direction direction) {
  return AllAdmissions(policies, std::nullopt, direction);
}

ConnectionSet Resolve(const NamedPort& named,
                      absl::Span<const ContainerPort> ports) {
  ConnectionSet numbers;
  for (const ContainerPort& port : ports) {
    if (port.name == named.name && port.protocol == named.protocol) {
      numbers =
          numbers.Union(Connections(port.protocol, {port.number, port.number}));
    }
  }
  return numbers;
}

}  // namespace panvault::segmentation
