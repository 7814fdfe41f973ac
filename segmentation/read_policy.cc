#include "segmentation/read_policy.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/port_name.h"
#include "segmentation/read_selector.h"

namespace panvault::segmentation {
namespace {

void ReadEndPort(Fields& fields, bool has_number, PortRule& rule) {
  const std::optional<int64_t> end = fields.Int("endPort");
  if (!end) return;
  if (!has_number) {
    return fields.Report("endPort", "needs a port that is a number");
  }
  if (*end < rule.ports.first || *end > kPortMax) {
    return fields.Report("endPort", "is below port or over 65535");
  }
  rule.ports.last = static_cast<uint32_t>(*end);
}

PortRule ReadPort(Fields fields) {
  PortRule rule;
  if (const auto name = fields.String("protocol")) {
    const std::optional<Protocol> protocol = ParseProtocol(*name);
    if (!protocol) fields.Report("protocol", "is not TCP, UDP or SCTP");
    rule.protocol = protocol.value_or(Protocol::kTcp);
  }
  const TreeNode* const port = fields.Get("port");
  const bool has_number = port != nullptr && port->kind == TreeNode::Kind::kInt;
  if (has_number) {
    if (port->integer < 1 || port->integer > kPortMax) {
      fields.Report("port", "is not from 1 to 65535");
    } else {
      rule.ports.first = static_cast<uint32_t>(port->integer);
      rule.ports.last = rule.ports.first;
    }
  } else if (port != nullptr && port->kind == TreeNode::Kind::kString) {
    rule.name = port->text;
    if (!IsPortName(rule.name)) {
      fields.Report("port",
                    "is no port name; a number is written without quotes");
    }
  } else if (port != nullptr) {
    fields.Report("port", "is neither a number nor a name");
  }
  ReadEndPort(fields, has_number, rule);
  fields.Finish();
  return rule;
}

AddressSet ReadBlock(Fields fields) {
  const std::string cidr = fields.RequiredString("cidr");
  AddressSet block;
  if (!cidr.empty()) {
    const absl::StatusOr<AddressSet> parsed = ParseCidr(cidr);
    if (parsed.ok()) {
      block = *parsed;
    } else {
      fields.Report("cidr", parsed.status().message());
    }
  }
  const AddressSet whole = block;
  const std::vector<std::string> excepts = fields.StringList("except");
  for (size_t i = 0; i < excepts.size(); ++i) {
    const std::string path = ItemPath("except", i);
    const absl::StatusOr<AddressSet> except = ParseCidr(excepts[i]);
    if (!except.ok()) {
      fields.Report(path, except.status().message());
    } else if (!except->Subtract(whole).empty() || *except == whole) {
      fields.Report(path, "is not strictly inside the cidr");
    } else {
      block = block.Subtract(*except);
    }
  }
  fields.Finish();
  return block;
}

Peer ReadPeer(Fields fields) {
  Peer peer;
  if (auto pods = fields.Map("podSelector")) peer.pods = ReadSelector(*pods);
  if (auto namespaces = fields.Map("namespaceSelector")) {
    peer.namespaces = ReadSelector(*namespaces);
  }
  if (auto block = fields.Map("ipBlock")) peer.block = ReadBlock(*block);
  fields.Finish();
  const bool has_selector = peer.pods || peer.namespaces;
  if (peer.block && has_selector) {
    fields.Report("ipBlock", "excludes podSelector and namespaceSelector");
  }
  if (!peer.block && !has_selector) {
    fields.Report("", "a peer names pods, namespaces or an ipBlock");
  }
  return peer;
}

Rule ReadRule(Fields fields, absl::string_view peers_key) {
  Rule rule;
  const auto item = [&fields](absl::string_view key, size_t i,
                              const TreeNode& node) {
    return Fields(node, ItemPath(FieldPath(fields.path(), key), i),
                  fields.context());
  };
  const std::vector<TreeNode>& peers = fields.List(peers_key);
  for (size_t i = 0; i < peers.size(); ++i) {
    rule.peers.push_back(ReadPeer(item(peers_key, i, peers[i])));
  }
  const std::vector<TreeNode>& ports = fields.List("ports");
  for (size_t i = 0; i < ports.size(); ++i) {
    rule.ports.push_back(ReadPort(item("ports", i, ports[i])));
  }
  fields.Finish();
  return rule;
}

std::vector<Rule> ReadRules(Fields& spec, absl::string_view key,
                            absl::string_view peers_key) {
  std::vector<Rule> rules;
  const std::vector<TreeNode>& items = spec.List(key);
  for (size_t i = 0; i < items.size(); ++i) {
    rules.push_back(
        ReadRule(Fields(items[i], ItemPath(FieldPath(spec.path(), key), i),
                        spec.context()),
                 peers_key));
  }
  return rules;
}

// Without policyTypes: ingress always, egress if there is an egress rule.
void ReadPolicyTypes(Fields& spec, NetworkPolicy& policy) {
  const std::vector<std::string> types = spec.StringList("policyTypes");
  policy.has_policy_types = !types.empty();
  policy.isolates_ingress = types.empty();
  policy.isolates_egress = types.empty() && !policy.egress.empty();
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i] == "Ingress") {
      policy.isolates_ingress = true;
    } else if (types[i] == "Egress") {
      policy.isolates_egress = true;
    } else {
      spec.Report(ItemPath("policyTypes", i), "is not Ingress or Egress");
    }
  }
  if (types.size() > 2) spec.Report("policyTypes", "has more than two items");
}

}  // namespace

NetworkPolicy ReadPolicySpec(Fields spec) {
  NetworkPolicy policy;
  if (auto pods = spec.Map("podSelector")) policy.pods = ReadSelector(*pods);
  policy.ingress = ReadRules(spec, "ingress", "from");
  policy.egress = ReadRules(spec, "egress", "to");
  ReadPolicyTypes(spec, policy);
  spec.Finish();
  return policy;
}

}  // namespace panvault::segmentation
