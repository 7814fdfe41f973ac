#include "segmentation/services.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "segmentation/engine.h"
#include "segmentation/node.h"

namespace panvault::segmentation {
namespace {

std::string TextAt(const TreeNode& node, absl::string_view key) {
  const TreeNode* const found = node.Find(key);
  return found == nullptr ? "" : found->text;
}

const OtherObject* FindService(const Cluster& cluster, absl::string_view name) {
  for (const OtherObject& other : cluster.others) {
    if (other.kind == "Service" &&
        absl::StrCat(other.namespace_name, "/", other.name) == name) {
      return &other;
    }
  }
  return nullptr;
}

bool IsSelected(const TreeNode& selector, const OtherObject& service,
                const Workload& pod) {
  if (pod.is_finished || pod.namespace_name != service.namespace_name) {
    return false;
  }
  return std::all_of(selector.items.begin(), selector.items.end(),
                     [&pod](const TreeNode& label) {
                       const auto found = pod.labels.find(label.key);
                       return found != pod.labels.end() &&
                              found->second == label.text;
                     });
}

// The entry of spec.ports for this port of the Service; null if there is none.
const TreeNode* FindPort(const TreeNode& spec, const Connection& connection) {
  const TreeNode* const ports = spec.Find("ports");
  if (ports == nullptr) return nullptr;
  for (const TreeNode& port : ports->items) {
    const std::string protocol = TextAt(port, "protocol");
    const TreeNode* const number = port.Find("port");
    if (number != nullptr && number->integer == connection.port &&
        ParseProtocol(protocol.empty() ? "TCP" : protocol) ==
            connection.protocol) {
      return &port;
    }
  }
  return nullptr;
}

// Where `pod` listens; nullopt if it does not have that name.
std::optional<Connection> TargetOf(const TreeNode& port,
                                   const Connection& connection,
                                   const Workload& pod) {
  const TreeNode* const target = port.Find("targetPort");
  if (target == nullptr || target->kind == TreeNode::Kind::kNull) {
    return connection;
  }
  if (target->kind == TreeNode::Kind::kInt) {
    return Connection{connection.protocol,
                      static_cast<uint32_t>(target->integer)};
  }
  const ConnectionSet numbers =
      Resolve({connection.protocol, target->text}, pod.ports);
  if (numbers.empty()) return std::nullopt;
  return FirstOf(numbers);
}

}  // namespace

absl::StatusOr<std::vector<ServiceTarget>> FollowService(
    const Cluster& cluster, absl::string_view name,
    const Connection& connection) {
  const OtherObject* const service = FindService(cluster, name);
  if (service == nullptr) {
    return absl::NotFoundError(
        absl::StrCat(name, ": no such Service in the input"));
  }
  const TreeNode* const spec = service->root.Find("spec");
  const TreeNode* const selector =
      spec == nullptr ? nullptr : spec->Find("selector");
  if (selector == nullptr || selector->items.empty() ||
      TextAt(*spec, "type") == "ExternalName") {
    return absl::FailedPreconditionError(absl::StrCat(
        "Service ", name, " selects no pods; ask for the address behind it"));
  }
  const TreeNode* const port = FindPort(*spec, connection);
  if (port == nullptr) {
    return absl::NotFoundError(absl::StrCat("Service ", name, " has no port ",
                                            ProtocolName(connection.protocol),
                                            " ", connection.port));
  }
  std::vector<ServiceTarget> targets;
  for (const Workload& pod : cluster.workloads) {
    if (!IsSelected(*selector, *service, pod)) continue;
    const std::optional<Connection> target = TargetOf(*port, connection, pod);
    if (!target) continue;
    targets.push_back(
        {absl::StrCat(pod.namespace_name, "/", pod.name), *target});
  }
  if (!targets.empty()) return targets;
  return absl::NotFoundError(
      absl::StrCat("Service ", name, ": no pod of the input is behind it"));
}

}  // namespace panvault::segmentation
