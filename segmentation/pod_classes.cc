#include "segmentation/pod_classes.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "segmentation/namespaces.h"

namespace panvault::segmentation {
namespace {

// All that policies go by.
struct Named {
  std::set<std::string> namespace_keys;
  std::set<std::string> pod_keys;
  std::set<std::string> ports;
};

void AddKeys(const Selector& selector, std::set<std::string>& keys) {
  for (const Requirement& one : selector.requirements) keys.insert(one.key);
}

void AddRules(const std::vector<Rule>& rules, Named& named) {
  for (const Rule& rule : rules) {
    for (const Peer& peer : rule.peers) {
      if (peer.pods) AddKeys(*peer.pods, named.pod_keys);
      if (peer.namespaces) {
        AddKeys(*peer.namespaces, named.namespace_keys);
      } else if (peer.pods) {
        named.namespace_keys.insert(kNamespaceNameLabel);
      }
    }
    for (const PortRule& port : rule.ports) {
      if (!port.name.empty()) named.ports.insert(port.name);
    }
  }
}

Named NamedBy(const Cluster& cluster) {
  Named named;
  for (const NetworkPolicy& policy : cluster.policies) {
    AddRules(policy.ingress, named);
    AddRules(policy.egress, named);
  }
  // Every box asks for a name of the namespace, be it any.
  named.namespace_keys.insert(kNamespaceNameLabel);
  return named;
}

Labels Only(const std::set<std::string>& keys, const Labels& labels) {
  Labels kept;
  for (const auto& [key, value] : labels) {
    if (keys.count(key) != 0) kept.emplace(key, value);
  }
  return kept;
}

std::vector<ContainerPort> Only(const std::set<std::string>& names,
                                const std::vector<ContainerPort>& ports) {
  std::vector<ContainerPort> kept;
  for (const ContainerPort& port : ports) {
    if (names.count(port.name) != 0) kept.push_back(port);
  }
  return kept;
}

using PortKey = std::vector<std::tuple<std::string, Protocol, uint32_t>>;

PortKey KeyOf(const std::vector<ContainerPort>& ports) {
  PortKey key;
  for (const ContainerPort& port : ports) {
    key.emplace_back(port.name, port.protocol, port.number);
  }
  std::sort(key.begin(), key.end());
  return key;
}

// Numbers for keys, in the order in which they come.
template <typename Key>
class Numbers {
 public:
  // The number, and whether it is new.
  std::pair<size_t, bool> Of(Key key) {
    const auto [place, is_new] =
        numbers_.try_emplace(std::move(key), numbers_.size());
    return {place->second, is_new};
  }

 private:
  std::map<Key, size_t> numbers_;
};

class Classifier {
 public:
  explicit Classifier(const Cluster& cluster)
      : cluster_(cluster), namespaces_(cluster), named_(NamedBy(cluster)) {}

  void Add(const Workload& pod) {
    PodClass one;
    const std::vector<ContainerPort> ports = Only(named_.ports, pod.ports);
    const PortKey port_key = KeyOf(ports);
    one.face = FaceOf(pod, ports, port_key);
    one.ingress = HalfOf(pod, ports, port_key, Direction::kIngress);
    one.egress = HalfOf(pod, ports, {}, Direction::kEgress);
    const auto [number, is_new] =
        class_numbers_.Of({one.face, one.ingress, one.egress});
    if (is_new) result_.classes.push_back(one);
    std::vector<size_t>& listed = result_.names[ListedName(pod)];
    if (std::find(listed.begin(), listed.end(), number) == listed.end()) {
      listed.push_back(number);
    }
  }

  PodClasses Take() { return std::move(result_); }

 private:
  size_t FaceOf(const Workload& pod, const std::vector<ContainerPort>& ports,
                const PortKey& port_key) {
    PodFace face;
    face.namespace_labels =
        Only(named_.namespace_keys, namespaces_.LabelsOf(pod.namespace_name));
    face.pod_labels = Only(named_.pod_keys, pod.labels);
    face.ports = ports;
    const auto [number, is_new] =
        face_numbers_.Of({face.namespace_labels, face.pod_labels, port_key});
    if (is_new) result_.faces.push_back(std::move(face));
    return number;
  }

  size_t HalfOf(const Workload& pod, const std::vector<ContainerPort>& ports,
                const PortKey& port_key, Direction direction) {
    Workload seen;  // On the host network, it is listed on demand.
    seen.namespace_name = pod.namespace_name;
    seen.labels = pod.labels;
    PolicyList policies = Isolating(cluster_.policies, seen, direction);
    const bool is_ingress = direction == Direction::kIngress;
    const auto [number, is_new] =
        (is_ingress ? ingress_numbers_ : egress_numbers_)
            .Of({policies, policies.empty() ? PortKey() : port_key});
    if (is_new) {
      (is_ingress ? result_.ingress : result_.egress)
          .push_back(Admissions(policies, ports, direction));
    }
    return number;
  }

  const Cluster& cluster_;
  const NamespaceIndex namespaces_;
  const Named named_;
  PodClasses result_;
  Numbers<std::tuple<Labels, Labels, PortKey>> face_numbers_;
  Numbers<std::pair<PolicyList, PortKey>> ingress_numbers_;
  Numbers<std::pair<PolicyList, PortKey>> egress_numbers_;
  Numbers<std::tuple<size_t, size_t, size_t>> class_numbers_;
};

}  // namespace

std::string ListedName(const Workload& pod) {
  return absl::StrCat(pod.namespace_name, "/", pod.owner_name, "[",
                      pod.owner_kind, "]");
}

PodClasses ClassifyPods(const Cluster& cluster, bool host_network_as_pods) {
  Classifier classifier(cluster);
  for (const Workload& pod : cluster.workloads) {
    if (pod.is_finished) continue;
    if (pod.host_network && !host_network_as_pods) continue;
    classifier.Add(pod);
  }
  return classifier.Take();
}

}  // namespace panvault::segmentation
