// ConnectionRows: what each entry of a listing may send to each other entry,
// row by row, so that a listing of any length needs the memory of one row.

#ifndef PANVAULT_SEGMENTATION_CONNECTION_ROWS_H_
#define PANVAULT_SEGMENTATION_CONNECTION_ROWS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "segmentation/connection_table.h"
#include "segmentation/external_ranges.h"
#include "segmentation/face_index.h"
#include "segmentation/model.h"
#include "segmentation/pod_classes.h"

namespace panvault::segmentation {

// One destination. Valid as long as the rows are.
struct RowEntry {
  const std::string* destination;
  const ConnectionSet* connections;  // Not empty.
  const std::string* text;           // The same, written out.
};
using ConnectionRow = std::vector<RowEntry>;  // Sorted by destination.

// Not thread-safe: it remembers what it has worked out.
class ConnectionRows final {
 public:
  // Addresses are cut where policies of `cut_by` cut them. The cluster outlives
  // this.
  ConnectionRows(const Cluster& cluster,
                 absl::Span<const Cluster* const> cut_by,
                 bool host_network_as_pods);

  // Entries, pods and ranges of addresses, are sorted by name.
  size_t size() const { return entries_.size(); }
  const std::string& NameOf(size_t entry) const { return entries_[entry].name; }
  ConnectionRow RowOf(size_t source);

 private:
  using Id = ConnectionTable::Id;
  static constexpr size_t kNoRange = static_cast<size_t>(-1);
  static constexpr size_t kNoBox = static_cast<size_t>(-1);

  struct Entry {
    std::string name;
    std::vector<size_t> classes;  // Of pods.
    size_t range = kNoRange;      // Of addresses.
  };

  // An Admission, its parts looked up.
  struct Door {
    const Admission* admission;
    size_t box = kNoBox;
    Id connections = ConnectionTable::kNone;
  };
  using Doors = std::vector<std::vector<Door>>;  // By number of the half.

  // The door of a half that lets in the pods of a box.
  struct WayIn {
    size_t ingress;
    Id connections;
  };

  Doors DoorsOf(const std::vector<PodHalf>& halves);
  std::vector<std::vector<WayIn>> WaysIn() const;
  Id WithRange(const std::vector<Door>& doors, const ExternalRange& range);
  // What a source may send, and be let in with: by number of the destination's
  // face, and of its ingress.
  std::vector<Id> OutOf(const std::vector<Door>& doors);
  std::vector<Id> LetIn(size_t face);

  // Each adds what one source may send to each class, and to each range.
  void AddFromClass(const PodClass& source);
  void AddFromRange(const ExternalRange& source);

  const PodClasses pods_;
  const std::vector<ExternalRange> ranges_;
  std::vector<Entry> entries_;
  ConnectionTable table_;
  FaceIndex index_;
  const Doors ingress_;
  const Doors egress_;
  const std::vector<std::vector<WayIn>> ways_in_;  // By number of the box.
  // Of the row at hand.
  std::vector<Id> to_class_;
  std::vector<Id> to_range_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CONNECTION_ROWS_H_
