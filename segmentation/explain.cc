#include "segmentation/explain.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "segmentation/address.h"
#include "segmentation/engine.h"
#include "segmentation/namespaces.h"
#include "segmentation/peer_box.h"

namespace panvault::segmentation {
namespace {

// A pod, or an address.
struct End {
  const Workload* pod = nullptr;
  AddressSet address;
};

absl::StatusOr<End> FindEnd(const Cluster& cluster, absl::string_view name) {
  End end;
  if (!absl::StrContains(name, "/")) {
    const absl::StatusOr<AddressSet> address = ParseAddress(name);
    if (!address.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": is neither namespace/name nor an address"));
    }
    end.address = *address;
    return end;
  }
  for (const Workload& pod : cluster.workloads) {
    if (absl::StrCat(pod.namespace_name, "/", pod.name) == name) end.pod = &pod;
  }
  if (end.pod == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(name, ": no such pod in the input"));
  }
  return end;
}

// What `admission` lets through between its pod and `peer`.
ConnectionSet Through(const Admission& admission, const End& peer,
                      const NamespaceIndex& namespaces,
                      const ExplainOptions& options) {
  if (peer.pod == nullptr) {
    const bool is_in = !admission.addresses.Intersect(peer.address).empty();
    return is_in ? admission.connections : ConnectionSet();
  }
  const PodView view{namespaces.LabelsOf(peer.pod->namespace_name),
                     peer.pod->labels};
  const bool is_everybody = !admission.origin.peer.has_value();
  const bool is_selected = admission.pods && !peer.pod->host_network &&
                           Contains(*admission.pods, view);
  const bool is_in_block =
      options.blocks_match_pods &&
      !admission.addresses.Intersect(peer.pod->addresses).empty();
  if (!is_everybody && !is_selected && !is_in_block) return {};
  ConnectionSet connections = admission.connections;
  for (const NamedPort& named : admission.named) {
    connections = connections.Union(Resolve(named, peer.pod->ports));
  }
  return connections;
}

// What both halves are judged by.
struct Question {
  const Cluster& cluster;
  const NamespaceIndex& namespaces;
  const ExplainOptions& options;
  ConnectionSet wanted;
};

Half Judge(const Question& question, const End& own, const End& peer,
           Direction direction) {
  Half half;
  if (own.pod == nullptr) {
    half.is_allowed = true;
    half.reasons.emplace_back("an address is under no policy");
    return half;
  }
  const PolicyList policies =
      Isolating(question.cluster.policies, *own.pod, direction);
  for (const Admission& admission :
       Admissions(policies, own.pod->ports, direction)) {
    if (Through(admission, peer, question.namespaces, question.options)
            .Intersect(question.wanted)
            .empty()) {
      continue;
    }
    half.is_allowed = true;
    half.reasons.push_back(ToText(admission.origin, direction));
  }
  if (half.is_allowed) return half;
  for (const NetworkPolicy* const policy : policies) {
    half.reasons.push_back(absl::StrCat(
        "NetworkPolicy ", policy->namespace_name, "/", policy->name,
        " isolates its ", DirectionName(direction), " and allows it not"));
  }
  if (direction == Direction::kIngress && peer.pod != nullptr &&
      peer.pod->host_network) {
    half.reasons.emplace_back("its own node reaches it all the same");
  }
  return half;
}

void AddHalf(absl::string_view name, const Half& half, std::string& text) {
  absl::StrAppend(&text, name, ": ", half.is_allowed ? "allowed" : "blocked",
                  "\n");
  for (const std::string& reason : half.reasons) {
    absl::StrAppend(&text, "  ", reason, "\n");
  }
}

}  // namespace

absl::StatusOr<Explanation> Explain(const Cluster& cluster, const Ends& ends,
                                    const Connection& connection,
                                    const ExplainOptions& options) {
  const absl::StatusOr<End> source = FindEnd(cluster, ends.source);
  if (!source.ok()) return source.status();
  const absl::StatusOr<End> destination = FindEnd(cluster, ends.destination);
  if (!destination.ok()) return destination.status();
  if (source->pod == nullptr && destination->pod == nullptr) {
    return absl::InvalidArgumentError("one of the ends is a pod");
  }
  // A Pod is one; a controller's are several, and policies hold between them.
  if (source->pod == destination->pod && source->pod->kind == "Pod") {
    const Half open{true, {"a pod reaches itself, whatever policies say"}};
    return Explanation{open, open};
  }
  const NamespaceIndex namespaces(cluster);
  const Question question{
      cluster, namespaces, options,
      Connections(connection.protocol, {connection.port, connection.port})};
  Explanation explanation;
  explanation.egress =
      Judge(question, *source, *destination, Direction::kEgress);
  explanation.ingress =
      Judge(question, *destination, *source, Direction::kIngress);
  return explanation;
}

std::string ToText(const Explanation& explanation) {
  std::string text = explanation.is_allowed() ? "ALLOWED\n" : "BLOCKED\n";
  AddHalf("the source's egress", explanation.egress, text);
  AddHalf("the destination's ingress", explanation.ingress, text);
  return text;
}

}  // namespace panvault::segmentation
