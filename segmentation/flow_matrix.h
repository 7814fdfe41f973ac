// FlowMatrix: the flows that are declared, each with its reason, as the chart
// writes them to flows.yaml; docs/segmentation.md has the format. What the
// policies let through is held against it.

#ifndef PANVAULT_SEGMENTATION_FLOW_MATRIX_H_
#define PANVAULT_SEGMENTATION_FLOW_MATRIX_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "segmentation/address.h"
#include "segmentation/connections.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

// Names the parts of one release: server, migrate, ...
inline constexpr char kComponentLabel[] = "app.kubernetes.io/component";

// What PCI DSS 1.2.5 and 1.2.7 ask of each flow.
struct FlowWords {
  std::string justification;
  std::string owner;
  std::string approved_by;
  std::string review_by;  // YYYY-MM-DD; empty: not given.
  std::vector<std::string> pci;
};

struct ServerPods {
  std::string namespace_name;
  Labels pod_labels;
  std::string service_account;
  uint32_t port = 0;  // gRPC, TCP.
};

// A flow with an identity: it may call the gRPC port.
struct CallerFlow {
  std::string name;
  std::string spiffe_id;
  std::string namespace_name;
  std::string service_account;
  Labels pod_labels;
  FlowWords words;
};

// A flow without: database, name server, scrape. Never on the gRPC port, but
// for the release's own test.
struct PlainFlow {
  enum class Direction { kIngress, kEgress, kWithin };
  std::string name;
  std::string kind;  // "postgres", "dns", ...
  Direction direction = Direction::kEgress;
  std::vector<std::string> from_components;  // Of kEgress and kWithin.
  std::vector<std::string> to_components;    // Of kIngress and kWithin.
  std::optional<AddressSet> block;           // The other end: addresses,
  std::string cidr;                          // as written,
  std::string namespace_name;                // or pods.
  Labels pod_labels;
  ConnectionSet connections;
  FlowWords words;
};

struct FlowMatrix {
  std::string file;
  ServerPods server;
  std::vector<CallerFlow> callers;
  std::vector<PlainFlow> others;
  // Components whose pods have labels of their own in place of the release's,
  // as those that an operator makes. In the server's namespace.
  std::map<std::string, Labels> own_labels;

  // The labels of the release's pods, of whatever component.
  Labels ReleaseLabels() const;
  // Those of one component.
  Labels ComponentLabels(const std::string& component) const;
  // Of the server, and all that flows name.
  std::set<std::string> Components() const;
  std::string ServerComponent() const;
};

// Strict: unknown fields, missing words, names that appear twice, an identity
// that names another namespace or service account than the entry, a flow
// without identity on the gRPC port, and so on. The matrix is usable only if
// nothing was added to `problems`. Thread-safe.
FlowMatrix ParseFlowMatrix(absl::string_view file, absl::string_view text,
                           std::vector<Problem>& problems);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_FLOW_MATRIX_H_
