// TreeNode: one Kubernetes manifest, YAML or JSON, as a tree of typed values.
//
// Scalars are typed as Kubernetes' own reader does it, that is by YAML 1.1:
// `yes` and `on` are booleans, `010` is eight, "80" in quotes is a string. What
// it would reject, or take silently for something else than what it looks like,
// is refused here: repeated keys, merge keys, tags, keys that are not strings.
// Anchors and aliases are read, up to a limit.

#ifndef PANVAULT_SEGMENTATION_NODE_H_
#define PANVAULT_SEGMENTATION_NODE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "segmentation/watch.h"

namespace panvault::segmentation {

// Objects of Kubernetes have some 15 levels.
inline constexpr size_t kNodeDepthMax = 64;

// Some 10,000 pods with all that a live cluster says of them; 1 GB of memory.
inline constexpr size_t kNodesMax = 8'000'000;

// What aliases stand for, of these: few bytes could stand for gigabytes.
inline constexpr size_t kAliasNodesMax = 100'000;

// Plain data. Not thread-safe to change.
struct TreeNode {
  enum class Kind { kNull, kBool, kInt, kFloat, kString, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;  // From 1; 0 if unknown.
  bool boolean = false;
  int64_t integer = 0;
  std::string text;             // Of a string.
  std::string key;              // Of an entry of a map.
  std::vector<TreeNode> items;  // Of a list or map, in the order of the file.

  // The entry of that name, or null; also null if this is no map.
  const TreeNode* Find(absl::string_view name) const;
};

// "a map", "a string".
absl::string_view KindName(TreeNode::Kind kind);

// The documents of a file; text that begins with "{" or "[" is read as JSON.
// Documents without content are left out, but counted: `document` of each is
// its number in the file, from 1.
struct Document {
  size_t number = 0;
  TreeNode root;
};

// `watch` is told bytes of `text`, of YAML only: JSON takes a third of the
// time. Errors: kInvalidArgument, "line 12: repeated key \"port\"".
// Thread-safe.
absl::StatusOr<std::vector<Document>> ParseDocuments(absl::string_view text,
                                                     const Watch& watch = {});

// Each of them alone. Thread-safe.
absl::StatusOr<std::vector<Document>> ParseYamlDocuments(
    absl::string_view text, const Watch& watch = {});
absl::StatusOr<TreeNode> ParseJson(absl::string_view text);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_NODE_H_
