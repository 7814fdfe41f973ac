#include "segmentation/declared.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace panvault::segmentation {
namespace {

using FlowDirection = PlainFlow::Direction;

bool HasLabels(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&labels](const auto& one) {
    const auto found = labels.find(one.first);
    return found != labels.end() && found->second == one.second;
  });
}

// Most often one.
std::set<std::string> ComponentsOf(const Workload& pod,
                                   const FlowMatrix& matrix) {
  std::set<std::string> components;
  for (const std::string& name : matrix.Components()) {
    if (HasLabels(pod.labels, matrix.ComponentLabels(name))) {
      components.insert(name);
    }
  }
  return components;
}

bool AreAmong(const std::set<std::string>& some,
              const std::vector<std::string>& names) {
  return std::any_of(
      names.begin(), names.end(),
      [&some](const std::string& name) { return some.count(name) > 0; });
}

bool IsOfRelease(const Workload& pod, const FlowMatrix& matrix) {
  if (pod.is_finished || pod.namespace_name != matrix.server.namespace_name) {
    return false;
  }
  return HasLabels(pod.labels, matrix.ReleaseLabels()) ||
         std::any_of(matrix.own_labels.begin(), matrix.own_labels.end(),
                     [&pod](const auto& component) {
                       return HasLabels(pod.labels, component.second);
                     });
}

DeclaredPeer OutsidePeer(const PlainFlow& flow) {
  DeclaredPeer peer{flow.name, std::nullopt, {}, flow.connections};
  if (flow.block) {
    peer.addresses = *flow.block;
  } else {
    peer.pods = PodsWith(flow.namespace_name, flow.pod_labels);
  }
  return peer;
}

DeclaredPeer ComponentPeer(const PlainFlow& flow, const std::string& component,
                           const FlowMatrix& matrix) {
  return {
      flow.name,
      PodsWith(matrix.server.namespace_name, matrix.ComponentLabels(component)),
      {},
      flow.connections};
}

void AddIngress(const PlainFlow& flow, const std::set<std::string>& components,
                const FlowMatrix& matrix, std::vector<DeclaredPeer>& peers) {
  if (!AreAmong(components, flow.to_components)) return;
  if (flow.direction == FlowDirection::kIngress) {
    peers.push_back(OutsidePeer(flow));
  }
  if (flow.direction != FlowDirection::kWithin) return;
  for (const std::string& from : flow.from_components) {
    peers.push_back(ComponentPeer(flow, from, matrix));
  }
}

void AddEgress(const PlainFlow& flow, const std::set<std::string>& components,
               const FlowMatrix& matrix, std::vector<DeclaredPeer>& peers) {
  if (!AreAmong(components, flow.from_components)) return;
  if (flow.direction == FlowDirection::kEgress) {
    peers.push_back(OutsidePeer(flow));
  }
  if (flow.direction != FlowDirection::kWithin) return;
  for (const std::string& to : flow.to_components) {
    peers.push_back(ComponentPeer(flow, to, matrix));
  }
}

}  // namespace

std::vector<const Workload*> ReleasePods(const Cluster& cluster,
                                         const FlowMatrix& matrix) {
  std::vector<const Workload*> pods;
  for (const Workload& pod : cluster.workloads) {
    if (IsOfRelease(pod, matrix)) pods.push_back(&pod);
  }
  return pods;
}

std::vector<Workload> AbsentPods(const Cluster& cluster,
                                 const FlowMatrix& matrix) {
  std::set<std::string> absent = matrix.Components();
  absent.erase(matrix.ServerComponent());
  for (const Workload* const pod : ReleasePods(cluster, matrix)) {
    for (const std::string& name : ComponentsOf(*pod, matrix)) {
      absent.erase(name);
    }
  }
  std::vector<Workload> pods;
  for (const std::string& name : absent) {
    Workload pod;
    pod.kind = "component";
    pod.namespace_name = matrix.server.namespace_name;
    pod.name = name;
    pod.labels = matrix.ComponentLabels(name);
    pod.source.file = matrix.file;
    pods.push_back(std::move(pod));
  }
  return pods;
}

bool IsServer(const Workload& pod, const FlowMatrix& matrix) {
  return HasLabels(pod.labels, matrix.server.pod_labels);
}

std::vector<DeclaredPeer> DeclaredFor(const Workload& pod,
                                      const FlowMatrix& matrix,
                                      Direction direction) {
  std::vector<DeclaredPeer> peers;
  const bool is_ingress = direction == Direction::kIngress;
  if (is_ingress && IsServer(pod, matrix)) {
    const uint32_t port = matrix.server.port;
    for (const CallerFlow& caller : matrix.callers) {
      peers.push_back({caller.name,
                       PodsWith(caller.namespace_name, caller.pod_labels),
                       {},
                       Connections(Protocol::kTcp, {port, port})});
    }
  }
  const std::set<std::string> components = ComponentsOf(pod, matrix);
  for (const PlainFlow& flow : matrix.others) {
    if (is_ingress) {
      AddIngress(flow, components, matrix, peers);
    } else {
      AddEgress(flow, components, matrix, peers);
    }
  }
  return peers;
}

}  // namespace panvault::segmentation
