#include "segmentation/namespaces.h"

namespace panvault::segmentation {

NamespaceIndex::NamespaceIndex(const Cluster& cluster) {
  const auto add = [this](const std::string& name) {
    labels_.try_emplace(name, Labels{{kNamespaceNameLabel, name}});
  };
  for (const NamespaceObject& space : cluster.namespaces) {
    labels_[space.name] = space.labels;
  }
  for (const Workload& workload : cluster.workloads) {
    add(workload.namespace_name);
  }
  for (const NetworkPolicy& policy : cluster.policies) {
    add(policy.namespace_name);
  }
}

const Labels& NamespaceIndex::LabelsOf(const std::string& name) const {
  static const Labels* const none = new Labels;
  const auto found = labels_.find(name);
  return found == labels_.end() ? *none : found->second;
}

}  // namespace panvault::segmentation
