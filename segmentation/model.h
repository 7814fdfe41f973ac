// The Kubernetes objects that decide who may talk to whom, as read from
// manifests: only what bears on the question, defaults filled in, everything
// validated. Plain data; not thread-safe to change.

#ifndef PANVAULT_SEGMENTATION_MODEL_H_
#define PANVAULT_SEGMENTATION_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "segmentation/address.h"
#include "segmentation/connections.h"
#include "segmentation/node.h"

namespace panvault::segmentation {

// Where something was read: `document` counts from 1; line 0 is unknown (JSON).
struct Source {
  std::string file;
  size_t document = 0;
  int line = 0;
};

// Something in the input that could not be understood. `path` is that of the
// field: "NetworkPolicy ns/name: spec.ingress[0].ports[1].port".
struct Problem {
  Source source;
  std::string path;
  std::string what;
};

using Labels = std::map<std::string, std::string>;

// Set by the API server on every namespace; nobody can change it.
inline constexpr char kNamespaceNameLabel[] = "kubernetes.io/metadata.name";

struct Requirement {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };
  std::string key;
  Operator op = Operator::kIn;
  std::vector<std::string> values;  // Of kIn and kNotIn.
};

// All of them hold; without any, everything matches.
struct Selector {
  std::vector<Requirement> requirements;
};

// One entry of `from` or `to`: selectors or a block, never both.
struct Peer {
  std::optional<Selector> pods;
  std::optional<Selector> namespaces;  // Absent: the policy's own namespace.
  std::optional<AddressSet> block;     // cidr without its excepts.
};

struct PortRule {
  Protocol protocol = Protocol::kTcp;
  std::string name;              // Of a named port; then `ports` means nothing.
  PortRange ports = kEveryPort;  // Also when `port` is left out.
};

struct Rule {
  std::vector<Peer> peers;      // Empty: everybody.
  std::vector<PortRule> ports;  // Empty: every port of every protocol.
};

struct NetworkPolicy {
  std::string namespace_name;
  std::string name;
  Source source;
  Selector pods;
  bool isolates_ingress = false;
  bool isolates_egress = false;
  bool has_policy_types = false;  // Written out, not defaulted.
  std::vector<Rule> ingress;      // Inert unless `isolates_ingress`.
  std::vector<Rule> egress;       // Likewise.
};

struct NamespaceObject {
  std::string name;
  Labels labels;  // With kNamespaceNameLabel.
};

struct ContainerPort {
  std::string name;
  Protocol protocol = Protocol::kTcp;
  uint32_t number = 0;
};

// A PersistentVolumeClaim that a pod mounts.
struct MountedClaim {
  std::string name;
  bool is_template = false;   // Of a StatefulSet; then the next field is known.
  std::string storage_class;  // Empty: the cluster's default.
};

// A pod, or the template of a controller: all its pods are alike.
struct Workload {
  std::string namespace_name;
  std::string kind;  // "Pod", "Deployment", ...
  std::string name;
  // What it is listed under: the controller, for a pod that has one.
  std::string owner_kind;
  std::string owner_name;
  Source source;
  Labels labels;
  std::string service_account;
  bool host_network = false;
  bool has_second_network = false;  // By annotation; under no policy.
  bool is_finished = false;  // Succeeded or Failed: no longer on the network.
  std::vector<ContainerPort> ports;
  AddressSet addresses;                 // Of a running pod, as far as known.
  std::vector<std::string> weaknesses;  // Against the restricted standard.
  std::vector<std::string> secret_env;  // "container app: PASSWORD".
  std::vector<std::string> secrets;     // Names; by volume or environment.
  std::vector<MountedClaim> claims;
};

// An object that is only looked at for findings: RBAC, volumes, admission.
struct OtherObject {
  std::string api_version;
  std::string kind;
  std::string namespace_name;
  std::string name;
  Source source;
  TreeNode root;
};

// An object that may open or close what NetworkPolicies say, in ways that are
// not modelled here.
struct ForeignPolicy {
  std::string api_version;
  std::string kind;
  std::string namespace_name;
  std::string name;
  Source source;
};

// All that was read. What is in `problems` is not in the other lists, or only
// in part: whoever draws a conclusion looks at both.
struct Cluster {
  std::vector<NamespaceObject> namespaces;
  std::vector<Workload> workloads;
  std::vector<NetworkPolicy> policies;
  std::vector<ForeignPolicy> foreign;
  std::vector<OtherObject> others;
  std::map<std::string, size_t> not_examined;  // By kind, how many.
  std::vector<Problem> problems;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_MODEL_H_
