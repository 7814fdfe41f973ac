// TreeBuilder makes a TreeNode of a parser's events, the same for YAML and
// JSON, and refuses what both must not hold: repeated keys, too much depth, too
// many nodes.

#ifndef PANVAULT_SEGMENTATION_TREE_BUILDER_H_
#define PANVAULT_SEGMENTATION_TREE_BUILDER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "segmentation/node.h"

namespace panvault::segmentation {

// After an error, further events do nothing. Not thread-safe.
class TreeBuilder final {
 public:
  const absl::Status& status() const { return status_; }

  // The next event gives a key, not a value.
  bool NextIsKey() const;

  void Key(int line, absl::string_view key);
  void Scalar(TreeNode scalar);
  void Open(int line, TreeNode::Kind kind);
  void Close();

  // A copy of a whole tree, as an alias means it.
  void Copy(const TreeNode& tree, int line);

  void Refuse(int line, absl::string_view what);

  // The last value that was completed, wherever it stands. Valid until the next
  // event.
  const TreeNode& Last() const;

  // The root; the builder begins anew, but goes on counting nodes.
  TreeNode TakeRoot();

 private:
  struct Level {
    TreeNode node;
    bool has_key = false;
    std::string key;
    int key_line = 0;
    absl::flat_hash_set<std::string> keys;
  };

  void Add(TreeNode node);
  void Count(size_t nodes, int line);

  absl::Status status_;
  size_t nodes_ = 0;
  size_t alias_nodes_ = 0;
  TreeNode root_;
  std::vector<Level> levels_;
};

// kInvalidArgument "line 12: what".
absl::Status LineError(int line, absl::string_view what);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_TREE_BUILDER_H_
