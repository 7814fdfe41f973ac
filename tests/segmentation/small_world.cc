#include "tests/segmentation/small_world.h"

#include <algorithm>
#include <utility>

namespace panvault::segmentation {
namespace {

using Operator = Requirement::Operator;
using Texts = std::vector<std::string>;

constexpr uint32_t kPorts[] = {1, 79, 80, 81, 90, 65535};
constexpr char kOwnNamespace[] = "n";

size_t Below(std::mt19937& random, size_t limit) { return random() % limit; }

Requirement DrawRequirement(std::mt19937& random, const Texts& keys) {
  Requirement requirement;
  requirement.key = keys[Below(random, keys.size())];
  requirement.op = static_cast<Operator>(Below(random, 4));
  if (requirement.op != Operator::kIn && requirement.op != Operator::kNotIn) {
    return requirement;
  }
  const bool is_name = requirement.key == kNamespaceNameLabel;
  requirement.values = {is_name ? "n" : "1"};
  if (requirement.key != "b" && requirement.key != "t" &&
      Below(random, 3) == 0) {
    requirement.values = {is_name ? "m" : "2"};
    if (Below(random, 2) == 0)
      requirement.values.push_back(is_name ? "n" : "1");
  }
  return requirement;
}

Selector DrawSelector(std::mt19937& random, const Texts& keys) {
  Selector selector;
  for (size_t count = Below(random, 3); count > 0; --count) {
    selector.requirements.push_back(DrawRequirement(random, keys));
  }
  return selector;
}

Selector DrawPods(std::mt19937& random) {
  return DrawSelector(random, {"a", "b"});
}

Selector DrawNamespaces(std::mt19937& random) {
  return DrawSelector(random, {kNamespaceNameLabel, "t"});
}

AddressSet DrawBlock(std::mt19937& random) {
  static const auto* const blocks = new std::vector<AddressSet>{
      *ParseCidr("0.0.0.0/0"),
      *ParseCidr("10.0.0.0/8"),
      ParseCidr("10.0.0.0/8")->Subtract(*ParseCidr("10.1.0.0/16")),
      *ParseCidr("10.1.2.3/32"),
      *ParseCidr("::/0"),
      ParseCidr("::/0")->Subtract(*ParseCidr("fd00::/8"))};
  return (*blocks)[Below(random, blocks->size())];
}

PortRange DrawRange(std::mt19937& random) {
  static constexpr PortRange kRanges[] = {
      {80, 80}, {81, 81}, {80, 90}, {1, 79}, kEveryPort};
  return kRanges[Below(random, std::size(kRanges))];
}

Protocol DrawProtocol(std::mt19937& random) {
  return kProtocols[Below(random, std::size(kProtocols))];
}

Rule DrawRule(std::mt19937& random) {
  Rule rule;
  for (size_t count = Below(random, 3); count > 0; --count) {
    Peer peer;
    const size_t form = Below(random, 4);
    if (form == 0) peer.block = DrawBlock(random);
    if (form == 1 || form == 3) peer.pods = DrawPods(random);
    if (form == 2 || form == 3) peer.namespaces = DrawNamespaces(random);
    rule.peers.push_back(std::move(peer));
  }
  for (size_t count = Below(random, 3); count > 0; --count) {
    PortRule port;
    port.protocol = DrawProtocol(random);
    port.ports = DrawRange(random);
    if (Below(random, 4) == 0) port.name = Below(random, 2) == 0 ? "web" : "no";
    rule.ports.push_back(std::move(port));
  }
  return rule;
}

bool PlainMatch(const Selector& selector, const Labels& labels) {
  for (const Requirement& one : selector.requirements) {
    const auto found = labels.find(one.key);
    const bool exists = found != labels.end();
    const bool is_in = exists && std::find(one.values.begin(), one.values.end(),
                                           found->second) != one.values.end();
    if (one.op == Operator::kIn && !is_in) return false;
    if (one.op == Operator::kNotIn && is_in) return false;
    if (one.op == Operator::kExists && !exists) return false;
    if (one.op == Operator::kDoesNotExist && exists) return false;
  }
  return true;
}

bool PlainPeer(const Peer& entry, const SmallPeer& peer) {
  if (entry.block) {
    return !peer.is_pod && !peer.address.Intersect(*entry.block).empty();
  }
  if (!peer.is_pod) return false;
  if (!entry.namespaces &&
      peer.space.at(kNamespaceNameLabel) != kOwnNamespace) {
    return false;
  }
  return (!entry.namespaces || PlainMatch(*entry.namespaces, peer.space)) &&
         (!entry.pods || PlainMatch(*entry.pods, peer.labels));
}

}  // namespace

SmallWorld::SmallWorld() {
  const std::vector<std::optional<std::string>> a = {"1", "2", "9",
                                                     std::nullopt};
  const std::vector<std::optional<std::string>> b = {"1", "9", std::nullopt};
  for (const char* const name : {"n", "m", "other"}) {
    for (const auto& t : b) {
      for (const auto& one : a) {
        for (const auto& two : b) {
          SmallPeer peer;
          peer.is_pod = true;
          peer.space[kNamespaceNameLabel] = name;
          if (t) peer.space["t"] = *t;
          if (one) peer.labels["a"] = *one;
          if (two) peer.labels["b"] = *two;
          peers_.push_back(std::move(peer));
        }
      }
    }
  }
  for (const char* const address :
       {"0.0.0.0", "10.0.0.0", "10.1.0.0", "10.1.2.3", "255.255.255.255",
        "::", "fd00::1", "ffff::"}) {
    SmallPeer peer;
    peer.address = *ParseAddress(address);
    peers_.push_back(std::move(peer));
  }
  peer_ports_ = {{"web", Protocol::kTcp, 81}, {"web", Protocol::kUdp, 79}};
  subject_.kind = "Pod";
  subject_.namespace_name = kOwnNamespace;
  subject_.name = "subject";
  subject_.labels = {{"a", "1"}};
  subject_.ports = {{"web", Protocol::kTcp, 80}};
  for (const Protocol protocol : kProtocols) {
    for (const uint32_t port : kPorts) {
      connections_.push_back(
          Connections(protocol, {port, port}).intervals()[0].first);
    }
  }
}

Mask SmallWorld::MaskOf(const ConnectionSet& set) const {
  Mask mask = 0;
  for (size_t i = 0; i < connections_.size(); ++i) {
    if (set.Contains(connections_[i])) mask |= Mask{1} << i;
  }
  return mask;
}

Mask SmallWorld::PlainPorts(const Rule& rule, const SmallPeer& peer,
                            Direction direction) const {
  Mask mask = 0;
  size_t bit = 0;
  for (const Protocol protocol : kProtocols) {
    for (const uint32_t number : kPorts) {
      bool is_open = rule.ports.empty();
      for (const PortRule& port : rule.ports) {
        if (port.protocol != protocol) continue;
        if (port.name.empty()) {
          is_open = is_open ||
                    (number >= port.ports.first && number <= port.ports.last);
          continue;
        }
        if (direction == Direction::kEgress && !peer.is_pod) continue;
        for (const ContainerPort& own :
             direction == Direction::kIngress ? subject_.ports : peer_ports_) {
          is_open =
              is_open || (own.name == port.name && own.protocol == protocol &&
                          own.number == number);
        }
      }
      if (is_open) mask |= Mask{1} << bit;
      ++bit;
    }
  }
  return mask;
}

Mask SmallWorld::Plain(const std::vector<NetworkPolicy>& policies,
                       const SmallPeer& peer, Direction direction) const {
  const bool is_ingress = direction == Direction::kIngress;
  bool is_isolated = false;
  Mask mask = 0;
  for (const NetworkPolicy& policy : policies) {
    if (policy.namespace_name != subject_.namespace_name) continue;
    if (!(is_ingress ? policy.isolates_ingress : policy.isolates_egress)) {
      continue;
    }
    if (!PlainMatch(policy.pods, subject_.labels)) continue;
    is_isolated = true;
    for (const Rule& rule : is_ingress ? policy.ingress : policy.egress) {
      const bool is_admitted = rule.peers.empty() ||
                               std::any_of(rule.peers.begin(), rule.peers.end(),
                                           [&peer](const Peer& entry) {
                                             return PlainPeer(entry, peer);
                                           });
      if (is_admitted) mask |= PlainPorts(rule, peer, direction);
    }
  }
  return is_isolated ? mask : MaskOf(AllConnections());
}

std::vector<NetworkPolicy> SmallWorld::DrawPolicies(std::mt19937& random) {
  std::vector<NetworkPolicy> policies;
  for (size_t count = Below(random, 4); count > 0; --count) {
    NetworkPolicy policy;
    policy.namespace_name = Below(random, 5) == 0 ? "m" : kOwnNamespace;
    policy.name = "p";
    policy.pods = DrawPods(random);
    policy.isolates_ingress = Below(random, 4) != 0;
    policy.isolates_egress = Below(random, 4) != 0;
    for (size_t rules = Below(random, 3); rules > 0; --rules) {
      policy.ingress.push_back(DrawRule(random));
    }
    for (size_t rules = Below(random, 3); rules > 0; --rules) {
      policy.egress.push_back(DrawRule(random));
    }
    policies.push_back(std::move(policy));
  }
  return policies;
}

std::vector<Relation> SmallWorld::DrawRelations(std::mt19937& random) {
  std::vector<Relation> relations;
  for (size_t count = Below(random, 4); count > 0; --count) {
    Relation relation;
    relation.connections = Connections(DrawProtocol(random), DrawRange(random));
    if (Below(random, 4) == 0) relation.connections = AllConnections();
    if (Below(random, 3) == 0) {
      relation.addresses = DrawBlock(random);
    } else {
      relation.pods = BoxOf(DrawNamespaces(random), DrawPods(random));
    }
    relations.push_back(std::move(relation));
  }
  return relations;
}

}  // namespace panvault::segmentation
