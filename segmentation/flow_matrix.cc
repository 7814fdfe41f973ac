#include "segmentation/flow_matrix.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "segmentation/fields.h"
#include "segmentation/flow_words.h"
#include "segmentation/node.h"
#include "segmentation/read_selector.h"
#include "segmentation/workload_identity.h"

namespace panvault::segmentation {
namespace {

uint32_t ReadPort(Fields& fields) {
  const std::optional<int64_t> port = fields.Int("port");
  if (!port || *port < 1 || *port > kPortMax) {
    fields.Report("port", "is needed, from 1 to 65535");
    return 1;
  }
  return static_cast<uint32_t>(*port);
}

std::string ReadNamespace(Fields& fields) {
  std::string name = fields.RequiredString("namespace");
  if (!name.empty() && !IsDnsLabel(name)) {
    fields.Report("namespace", "is no name of a namespace");
  }
  return name;
}

Labels ReadPodLabels(Fields& fields) {
  Labels labels = ReadLabels(fields, "pod_labels");
  if (labels.empty()) fields.Report("pod_labels", "is needed");
  return labels;
}

ServerPods ReadServer(Fields fields) {
  ServerPods server;
  server.namespace_name = ReadNamespace(fields);
  server.pod_labels = ReadPodLabels(fields);
  server.port = ReadPort(fields);
  const std::string id = fields.RequiredString("spiffe_id");
  fields.Finish();
  const absl::StatusOr<WorkloadIdentity> identity = ParseWorkloadIdentity(id);
  if (id.empty()) return server;
  if (!identity.ok()) {
    fields.Report("spiffe_id", identity.status().message());
    return server;
  }
  if (identity->namespace_name != server.namespace_name) {
    fields.Report("spiffe_id", "names another namespace");
  }
  server.service_account = identity->service_account;
  return server;
}

// The identity is written out, or made of namespace and service account.
void CheckIdentity(const Fields& fields, const CallerFlow& caller) {
  const absl::StatusOr<WorkloadIdentity> identity =
      ParseWorkloadIdentity(caller.spiffe_id);
  if (!identity.ok()) {
    return fields.Report("spiffe_id", identity.status().message());
  }
  if (identity->namespace_name != caller.namespace_name) {
    fields.Report("spiffe_id", "names another namespace than the entry");
  }
  if (identity->service_account != caller.service_account) {
    fields.Report("spiffe_id", "names another service account than the entry");
  }
}

CallerFlow ReadCaller(Fields fields, const ServerPods& server) {
  CallerFlow caller;
  caller.name = fields.RequiredString("name");
  caller.spiffe_id = fields.RequiredString("spiffe_id");
  caller.namespace_name = ReadNamespace(fields);
  caller.service_account = fields.RequiredString("service_account");
  caller.pod_labels = ReadPodLabels(fields);
  if (ReadPort(fields) != server.port) {
    fields.Report("port", "is not the server's");
  }
  if (fields.String("protocol").value_or("TCP") != "TCP") {
    fields.Report("protocol", "is not TCP");
  }
  caller.words = ReadFlowWords(fields, /*is_review_needed=*/true);
  fields.Finish();
  if (!caller.spiffe_id.empty()) CheckIdentity(fields, caller);
  return caller;
}

// 53, or "9090-9091" for a range.
std::optional<PortRange> ParsePorts(const TreeNode& node) {
  const std::pair<std::string, std::string> ends =
      absl::StrSplit(node.kind == TreeNode::Kind::kInt
                         ? absl::StrCat(node.integer, "-", node.integer)
                         : node.text,
                     absl::MaxSplits('-', 1));
  PortRange range = {0, 0};
  if (!absl::SimpleAtoi(ends.first, &range.first) ||
      !absl::SimpleAtoi(ends.second, &range.last) || range.first < 1 ||
      range.last < range.first || range.last > kPortMax) {
    return std::nullopt;
  }
  return range;
}

ConnectionSet ReadConnections(Fields& fields) {
  const std::vector<TreeNode>& ports = fields.List("ports");
  if (ports.empty()) fields.Report("ports", "is needed");
  std::vector<PortRange> ranges;
  for (size_t i = 0; i < ports.size(); ++i) {
    const std::optional<PortRange> range = ParsePorts(ports[i]);
    if (range) ranges.push_back(*range);
    if (range) continue;
    fields.Report(ItemPath("ports", i),
                  "is neither a port nor a range of ports, as in \"80-90\"");
  }
  ConnectionSet connections;
  const std::vector<std::string> names = fields.StringList("protocols");
  if (names.empty()) fields.Report("protocols", "is needed");
  for (const std::string& name : names) {
    const std::optional<Protocol> protocol = ParseProtocol(name);
    if (!protocol) fields.Report("protocols", "is not TCP, UDP or SCTP");
    if (!protocol) continue;
    for (const PortRange& range : ranges) {
      connections = connections.Union(Connections(*protocol, range));
    }
  }
  return connections;
}

void ReadOtherEnd(Fields& fields, PlainFlow& flow) {
  flow.cidr = fields.String("cidr").value_or("");
  flow.namespace_name = fields.String("namespace").value_or("");
  flow.pod_labels = ReadLabels(fields, "pod_labels");
  const bool has_pods =
      !flow.namespace_name.empty() || !flow.pod_labels.empty();
  if (flow.direction == PlainFlow::Direction::kWithin) {
    if (has_pods || !flow.cidr.empty()) {
      fields.Report("", "a flow within the release names components only");
    }
    return;
  }
  if (has_pods == !flow.cidr.empty()) {
    fields.Report("", "a flow has a cidr, or namespace and pod_labels");
  }
  if (has_pods && (flow.namespace_name.empty() || flow.pod_labels.empty())) {
    fields.Report("", "namespace and pod_labels go together");
  }
  if (flow.cidr.empty()) return;
  const absl::StatusOr<AddressSet> block = ParseCidr(flow.cidr);
  if (!block.ok()) return fields.Report("cidr", block.status().message());
  flow.block = *block;
}

PlainFlow::Direction ReadDirection(Fields& fields) {
  const std::string name = fields.RequiredString("direction");
  if (name == "ingress") return PlainFlow::Direction::kIngress;
  if (name == "within") return PlainFlow::Direction::kWithin;
  if (!name.empty() && name != "egress") {
    fields.Report("direction", "is not ingress, egress or within");
  }
  return PlainFlow::Direction::kEgress;
}

void ReadComponents(Fields& fields, PlainFlow& flow) {
  flow.from_components = fields.StringList("from_components");
  flow.to_components = fields.StringList("to_components");
  const bool needs_from = flow.direction != PlainFlow::Direction::kIngress;
  const bool needs_to = flow.direction != PlainFlow::Direction::kEgress;
  if (needs_from == flow.from_components.empty()) {
    fields.Report("from_components",
                  needs_from ? "is needed" : "is not allowed");
  }
  if (needs_to == flow.to_components.empty()) {
    fields.Report("to_components", needs_to ? "is needed" : "is not allowed");
  }
}

PlainFlow ReadPlainFlow(Fields fields, const FlowMatrix& matrix) {
  PlainFlow flow;
  flow.name = fields.RequiredString("name");
  flow.kind = fields.RequiredString("kind");
  flow.direction = ReadDirection(fields);
  ReadComponents(fields, flow);
  ReadOtherEnd(fields, flow);
  flow.connections = ReadConnections(fields);
  const bool is_within = flow.direction == PlainFlow::Direction::kWithin;
  flow.words = ReadFlowWords(fields, /*is_review_needed=*/!is_within);
  fields.Finish();
  const ConnectionSet grpc =
      Connections(Protocol::kTcp, {matrix.server.port, matrix.server.port});
  const bool reaches_server =
      std::find(flow.to_components.begin(), flow.to_components.end(),
                matrix.ServerComponent()) != flow.to_components.end();
  const bool is_own_test = is_within && flow.kind == "test";
  if (reaches_server && !is_own_test &&
      !flow.connections.Intersect(grpc).empty()) {
    fields.Report("ports", "is the gRPC port, which needs an identity");
  }
  return flow;
}

void ReportRepeated(const Fields& root, const FlowMatrix& matrix) {
  std::set<std::string> names;
  std::set<std::string> ids;
  for (const CallerFlow& caller : matrix.callers) {
    if (!names.insert(caller.name).second) {
      root.Report("callers", absl::StrCat("two flows named ", caller.name));
    }
    if (!ids.insert(caller.spiffe_id).second) {
      root.Report("callers",
                  absl::StrCat("two callers are ", caller.spiffe_id));
    }
  }
  for (const PlainFlow& flow : matrix.others) {
    if (!names.insert(flow.name).second) {
      root.Report("without_identity",
                  absl::StrCat("two flows named ", flow.name));
    }
  }
}

void ReadOwnLabels(Fields& root, FlowMatrix& matrix) {
  std::optional<Fields> components = root.Map("components");
  if (!components) return;
  for (const TreeNode& component : components->node().items) {
    Labels labels = ReadLabels(*components, component.key);
    if (labels.empty()) components->Report(component.key, "is needed");
    if (component.key == matrix.ServerComponent()) {
      components->Report(component.key, "is the server's, which has its own");
    }
    matrix.own_labels[component.key] = std::move(labels);
  }
  components->Finish();
}

void ReadMatrix(Fields root, FlowMatrix& matrix) {
  if (auto server = root.Map("server")) {
    matrix.server = ReadServer(*server);
  } else {
    root.Report("server", "is needed");
  }
  ReadOwnLabels(root, matrix);
  const auto item = [&root](absl::string_view key, size_t i,
                            const TreeNode& node) {
    return Fields(node, ItemPath(key, i), root.context());
  };
  const std::vector<TreeNode>& callers = root.List("callers");
  for (size_t i = 0; i < callers.size(); ++i) {
    matrix.callers.push_back(
        ReadCaller(item("callers", i, callers[i]), matrix.server));
  }
  const std::vector<TreeNode>& others = root.List("without_identity");
  for (size_t i = 0; i < others.size(); ++i) {
    matrix.others.push_back(
        ReadPlainFlow(item("without_identity", i, others[i]), matrix));
  }
  root.Finish();
  ReportRepeated(root, matrix);
}

}  // namespace

Labels FlowMatrix::ReleaseLabels() const {
  Labels labels = server.pod_labels;
  labels.erase(kComponentLabel);
  return labels;
}

Labels FlowMatrix::ComponentLabels(const std::string& component) const {
  const auto own = own_labels.find(component);
  if (own != own_labels.end()) return own->second;
  Labels labels = server.pod_labels;
  labels[kComponentLabel] = component;
  return labels;
}

std::set<std::string> FlowMatrix::Components() const {
  std::set<std::string> components = {ServerComponent()};
  for (const PlainFlow& flow : others) {
    components.insert(flow.from_components.begin(), flow.from_components.end());
    components.insert(flow.to_components.begin(), flow.to_components.end());
  }
  components.erase("");
  return components;
}

std::string FlowMatrix::ServerComponent() const {
  const auto found = server.pod_labels.find(kComponentLabel);
  return found == server.pod_labels.end() ? "" : found->second;
}

FlowMatrix ParseFlowMatrix(absl::string_view file, absl::string_view text,
                           std::vector<Problem>& problems) {
  FlowMatrix matrix;
  matrix.file = std::string(file);
  ReadContext context{{matrix.file, 1, 1}, "", &problems};
  const absl::StatusOr<std::vector<Document>> documents = ParseDocuments(text);
  if (!documents.ok()) {
    context.Report(TreeNode(), "", documents.status().message());
  } else if (documents->size() != 1) {
    context.Report(TreeNode(), "", "the file of flows has one document");
  } else {
    ReadMatrix(Fields(documents->front().root, "", context), matrix);
  }
  return matrix;
}

}  // namespace panvault::segmentation
