#include "segmentation/declared.h"

#include <algorithm>
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

std::string ComponentOf(const Workload& pod) {
  const auto found = pod.labels.find(kComponentLabel);
  return found == pod.labels.end() ? "" : found->second;
}

bool IsAmong(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
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

void AddIngress(const PlainFlow& flow, const std::string& component,
                const FlowMatrix& matrix, std::vector<DeclaredPeer>& peers) {
  if (flow.to_component != component) return;
  if (flow.direction == FlowDirection::kIngress) {
    peers.push_back(OutsidePeer(flow));
  }
  if (flow.direction != FlowDirection::kWithin) return;
  for (const std::string& from : flow.from_components) {
    peers.push_back(ComponentPeer(flow, from, matrix));
  }
}

void AddEgress(const PlainFlow& flow, const std::string& component,
               const FlowMatrix& matrix, std::vector<DeclaredPeer>& peers) {
  if (!IsAmong(component, flow.from_components)) return;
  if (flow.direction == FlowDirection::kEgress) {
    peers.push_back(OutsidePeer(flow));
  }
  if (flow.direction == FlowDirection::kWithin) {
    peers.push_back(ComponentPeer(flow, flow.to_component, matrix));
  }
}

}  // namespace

std::vector<const Workload*> ReleasePods(const Cluster& cluster,
                                         const FlowMatrix& matrix) {
  const Labels release = matrix.ReleaseLabels();
  std::vector<const Workload*> pods;
  for (const Workload& pod : cluster.workloads) {
    if (!pod.is_finished && HasLabels(pod.labels, release) &&
        pod.namespace_name == matrix.server.namespace_name) {
      pods.push_back(&pod);
    }
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
  const std::string component = ComponentOf(pod);
  for (const PlainFlow& flow : matrix.others) {
    if (is_ingress) {
      AddIngress(flow, component, matrix, peers);
    } else {
      AddEgress(flow, component, matrix, peers);
    }
  }
  return peers;
}

}  // namespace panvault::segmentation
