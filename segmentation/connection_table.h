// ConnectionTable: sets of connections by number. A cluster has millions of
// pairs of pods but few sets; each is kept, joined and written out once.

#ifndef PANVAULT_SEGMENTATION_CONNECTION_TABLE_H_
#define PANVAULT_SEGMENTATION_CONNECTION_TABLE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "segmentation/connections.h"

namespace panvault::segmentation {

// Two numbers of one table are equal exactly if their sets are.
//
// Not thread-safe.
class ConnectionTable final {
 public:
  using Id = uint32_t;
  static constexpr Id kNone = 0;
  static constexpr Id kAll = 1;

  ConnectionTable();

  Id IdOf(const ConnectionSet& set);
  Id Union(Id a, Id b);
  Id Intersect(Id a, Id b);

  // Valid as long as the table is.
  const ConnectionSet& SetOf(Id id) const { return sets_[id].set; }
  const std::string& TextOf(Id id) const { return sets_[id].text; }

 private:
  struct Entry {
    ConnectionSet set;
    std::string text;
  };

  std::deque<Entry> sets_;
  std::map<std::string, Id> by_text_;  // No two sets have the same text.
  absl::flat_hash_map<uint64_t, Id> unions_;
  absl::flat_hash_map<uint64_t, Id> intersections_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_CONNECTION_TABLE_H_
