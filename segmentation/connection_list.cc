#include "segmentation/connection_list.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "segmentation/engine.h"
#include "segmentation/namespaces.h"
#include "segmentation/peer_box.h"

namespace panvault::segmentation {
namespace {

// Pods that no policy can tell apart: same namespace, labels and ports. What is
// known of them is worked out once; a cluster has many more pods than groups.
struct Group {
  const Workload* pod;          // Any of them.
  std::set<std::string> names;  // Under which they are listed.
  const Labels* namespace_labels;
  std::vector<Admission> ingress;
  std::vector<Admission> egress;

  PodView view() const { return {*namespace_labels, pod->labels}; }
};

struct ExternalRange {
  std::string name;
  AddressSet addresses;
};

// Collects where address ranges begin, so that no policy cuts one in two.
template <typename T>
class Cuts {
 public:
  explicit Cuts(T last) : last_(last) { starts_.insert(0); }

  void Add(const IntervalSet<T>& set) {
    for (const auto& one : set.intervals()) {
      starts_.insert(one.first);
      if (one.last != last_) starts_.insert(one.last + 1);
    }
  }

  bool is_cut() const { return starts_.size() > 1; }

  std::vector<IntervalSet<T>> Ranges() const {
    std::vector<IntervalSet<T>> ranges;
    for (auto it = starts_.begin(); it != starts_.end(); ++it) {
      const auto next = std::next(it);
      const T end = next == starts_.end() ? last_ : *next - 1;
      ranges.push_back(IntervalSet<T>({*it, end}));
    }
    return ranges;
  }

 private:
  const T last_;
  std::set<T> starts_;
};

std::vector<ExternalRange> ExternalRanges(const Cluster& cluster) {
  Cuts<uint32_t> v4(std::numeric_limits<uint32_t>::max());
  Cuts<absl::uint128> v6(absl::Uint128Max());
  bool names_v6 = false;
  for (const NetworkPolicy& policy : cluster.policies) {
    for (const std::vector<Rule>* const rules :
         {&policy.ingress, &policy.egress}) {
      for (const Rule& rule : *rules) {
        for (const Peer& peer : rule.peers) {
          if (!peer.block) continue;
          v4.Add(peer.block->v4);
          v6.Add(peer.block->v6);
          names_v6 = names_v6 || !peer.block->v6.empty();
        }
      }
    }
  }
  std::vector<ExternalRange> ranges;
  for (const IntervalSet<uint32_t>& range : v4.Ranges()) {
    const auto& one = range.intervals().front();
    ranges.push_back({absl::StrCat(Ipv4Text(one.first), "-", Ipv4Text(one.last),
                                   "[External]"),
                      {range, {}}});
  }
  if (!names_v6) return ranges;
  for (const IntervalSet<absl::uint128>& range : v6.Ranges()) {
    const auto& one = range.intervals().front();
    ranges.push_back({absl::StrCat(Ipv6Text(one.first), "-", Ipv6Text(one.last),
                                   "[External]"),
                      {{}, range}});
  }
  return ranges;
}

ConnectionSet WithPod(const std::vector<Admission>& admissions,
                      const Group& peer) {
  ConnectionSet connections;
  for (const Admission& admission : admissions) {
    if (!admission.pods || !Contains(*admission.pods, peer.view())) continue;
    connections = connections.Union(admission.connections);
    for (const NamedPort& named : admission.named) {
      connections = connections.Union(Resolve(named, peer.pod->ports));
    }
  }
  return connections;
}

ConnectionSet WithAddresses(const std::vector<Admission>& admissions,
                            const AddressSet& range) {
  ConnectionSet connections;
  for (const Admission& admission : admissions) {
    if (range.Intersect(admission.addresses).empty()) continue;
    connections = connections.Union(admission.connections);
  }
  return connections;
}

// All that policies go by.
std::string GroupKey(const Workload& pod) {
  std::string key = absl::StrCat(
      pod.namespace_name, "|",
      absl::StrJoin(pod.labels, ",", absl::PairFormatter("=")), "|");
  for (const ContainerPort& port : pod.ports) {
    absl::StrAppend(&key, ProtocolName(port.protocol), " ", port.name, "=",
                    port.number, ",");
  }
  return key;
}

std::vector<Group> Groups(const Cluster& cluster,
                          const NamespaceIndex& namespaces,
                          const ListOptions& options) {
  std::vector<Group> groups;
  std::map<std::string, size_t> places;
  for (const Workload& pod : cluster.workloads) {
    if (pod.is_finished) continue;
    if (pod.host_network && !options.host_network_as_pods) continue;
    const auto [place, is_new] =
        places.try_emplace(GroupKey(pod), groups.size());
    if (is_new) {
      Workload seen = pod;
      seen.host_network = false;
      Group group;
      group.pod = &pod;
      group.namespace_labels = &namespaces.LabelsOf(pod.namespace_name);
      group.ingress =
          Admissions(Isolating(cluster.policies, seen, Direction::kIngress),
                     pod.ports, Direction::kIngress);
      group.egress =
          Admissions(Isolating(cluster.policies, seen, Direction::kEgress),
                     pod.ports, Direction::kEgress);
      groups.push_back(std::move(group));
    }
    groups[place->second].names.insert(absl::StrCat(
        pod.namespace_name, "/", pod.owner_name, "[", pod.owner_kind, "]"));
  }
  return groups;
}

void AddEach(ConnectionList& list, const std::set<std::string>& sources,
             const std::set<std::string>& destinations,
             const ConnectionSet& connections) {
  if (connections.empty()) return;
  for (const std::string& source : sources) {
    for (const std::string& destination : destinations) {
      if (source == destination) continue;
      ConnectionSet& listed = list[{source, destination}];
      listed = listed.Union(connections);
    }
  }
}

std::string Line(const ListedEnds& ends, const ConnectionSet& connections) {
  return absl::StrCat(ends.first, " => ", ends.second, " : ",
                      ToText(connections), "\n");
}

void AddDifference(absl::string_view word, const ConnectionList& more,
                   const ConnectionList& less, std::string& text) {
  for (const auto& [ends, connections] : more) {
    const auto found = less.find(ends);
    const ConnectionSet rest =
        found == less.end() ? connections : connections.Subtract(found->second);
    if (!rest.empty()) absl::StrAppend(&text, word, Line(ends, rest));
  }
}

}  // namespace

ConnectionList ListConnections(const Cluster& cluster,
                               const ListOptions& options) {
  const NamespaceIndex namespaces(cluster);
  const std::vector<Group> groups = Groups(cluster, namespaces, options);
  const std::vector<ExternalRange> ranges = ExternalRanges(cluster);
  ConnectionList list;
  size_t done = 0;
  for (const Group& source : groups) {
    if (options.watch) options.watch(done++, groups.size());
    for (const Group& destination : groups) {
      const ConnectionSet out = WithPod(source.egress, destination);
      if (out.empty()) continue;
      AddEach(list, source.names, destination.names,
              out.Intersect(WithPod(destination.ingress, source)));
    }
    for (const ExternalRange& range : ranges) {
      AddEach(list, source.names, {range.name},
              WithAddresses(source.egress, range.addresses));
      AddEach(list, {range.name}, source.names,
              WithAddresses(source.ingress, range.addresses));
    }
  }
  return list;
}

std::string ToText(const ConnectionList& list) {
  std::string text;
  for (const auto& [ends, connections] : list) text += Line(ends, connections);
  return text;
}

std::string DiffText(const ConnectionList& before,
                     const ConnectionList& after) {
  std::string text;
  AddDifference("opened ", after, before, text);
  AddDifference("closed ", before, after, text);
  return text;
}

}  // namespace panvault::segmentation
