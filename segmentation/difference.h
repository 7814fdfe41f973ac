// The difference of two relations of peers times connections, exact over all
// pods, labels, namespaces and addresses: what is in one and not in the other.

#ifndef PANVAULT_SEGMENTATION_DIFFERENCE_H_
#define PANVAULT_SEGMENTATION_DIFFERENCE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "segmentation/connections.h"
#include "segmentation/model.h"
#include "segmentation/peer_box.h"

namespace panvault::segmentation {

// Peers (pods, or addresses, or both) times connections.
struct Relation {
  std::optional<PeerBox> pods;
  AddressSet addresses;
  ConnectionSet connections;
};

// More pieces than this are not compared. Some thousand policies that all
// overlap would be needed.
inline constexpr size_t kPiecesMax = 20'000;

// What is left of `whole`; pieces do not overlap.
struct Remainder {
  struct Pods {
    PeerBox box;
    ConnectionSet connections;
  };
  struct Addresses {
    AddressSet addresses;
    ConnectionSet connections;
  };
  std::vector<Pods> pods;
  std::vector<Addresses> addresses;

  bool empty() const { return pods.empty() && addresses.empty(); }
  // All that some peer has left.
  ConnectionSet AllConnections() const;
  // A peer with a connection, for a remainder that is not empty:
  // "pod {a=b} in namespace c on TCP 80", "192.0.2.1 on TCP 80".
  std::string Example() const;
};

// `whole` without all of `parts`. Errors: kResourceExhausted over kPiecesMax.
// Thread-safe.
absl::StatusOr<Remainder> Without(const Relation& whole,
                                  absl::Span<const Relation> parts);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_DIFFERENCE_H_
