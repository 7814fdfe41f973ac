// NamespaceIndex: the labels of namespaces, as far as the input tells them.

#ifndef PANVAULT_SEGMENTATION_NAMESPACES_H_
#define PANVAULT_SEGMENTATION_NAMESPACES_H_

#include <map>
#include <string>

#include "segmentation/model.h"

namespace panvault::segmentation {

// Knows all namespaces that objects of the cluster are in. One that the input
// does not describe has its name as label, as every namespace does, and no
// other label that anyone could rely on.
//
// Thread-safe: immutable.
class NamespaceIndex final {
 public:
  explicit NamespaceIndex(const Cluster& cluster);

  // Valid as long as this is. An unknown namespace has no labels.
  const Labels& LabelsOf(const std::string& name) const;

 private:
  std::map<std::string, Labels> labels_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_NAMESPACES_H_
