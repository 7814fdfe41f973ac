#include "segmentation/tree_builder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace panvault::segmentation {
namespace {

constexpr size_t kShownKeyBytesMax = 80;

size_t CountOf(const TreeNode& tree) {
  size_t count = 1;
  for (const TreeNode& item : tree.items) count += CountOf(item);
  return count;
}

size_t DepthOf(const TreeNode& tree) {
  size_t depth = 0;
  for (const TreeNode& item : tree.items)
    depth = std::max(depth, DepthOf(item));
  return depth + 1;
}

}  // namespace

absl::Status LineError(int line, absl::string_view what) {
  if (line == 0) return absl::InvalidArgumentError(what);
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", what));
}

bool TreeBuilder::NextIsKey() const {
  return !levels_.empty() && levels_.back().node.kind == TreeNode::Kind::kMap &&
         !levels_.back().has_key;
}

void TreeBuilder::Key(int line, absl::string_view key) {
  if (!status_.ok()) return;
  Level& level = levels_.back();
  level.has_key = true;
  level.key = std::string(key);
  level.key_line = line;
  if (!level.keys.insert(level.key).second) {
    Refuse(line, absl::StrCat(
                     "repeated key \"",
                     absl::CHexEscape(key.substr(0, kShownKeyBytesMax)), "\""));
  }
}

void TreeBuilder::Scalar(TreeNode scalar) {
  if (!status_.ok()) return;
  Count(1, scalar.line);
  Add(std::move(scalar));
}

void TreeBuilder::Open(int line, TreeNode::Kind kind) {
  if (!status_.ok()) return;
  if (levels_.size() >= kNodeDepthMax) {
    return Refuse(line, absl::StrCat("over ", kNodeDepthMax, " levels deep"));
  }
  Count(1, line);
  Level level;
  level.node.kind = kind;
  level.node.line = line;
  levels_.push_back(std::move(level));
}

void TreeBuilder::Close() {
  if (!status_.ok()) return;
  TreeNode node = std::move(levels_.back().node);
  levels_.pop_back();
  Add(std::move(node));
}

void TreeBuilder::Copy(const TreeNode& tree, int line) {
  if (!status_.ok()) return;
  if (levels_.size() + DepthOf(tree) > kNodeDepthMax) {
    return Refuse(line, absl::StrCat("over ", kNodeDepthMax, " levels deep"));
  }
  const size_t nodes = CountOf(tree);
  alias_nodes_ += nodes;
  if (alias_nodes_ > kAliasNodesMax) {
    return Refuse(line, absl::StrCat("aliases stand for over ", kAliasNodesMax,
                                     " values"));
  }
  Count(nodes, line);
  if (status_.ok()) Add(tree);
}

void TreeBuilder::Refuse(int line, absl::string_view what) {
  if (status_.ok()) status_ = LineError(line, what);
}

const TreeNode& TreeBuilder::Last() const {
  if (levels_.empty()) return root_;
  return levels_.back().node.items.back();
}

TreeNode TreeBuilder::TakeRoot() {
  levels_.clear();
  return std::exchange(root_, TreeNode());
}

void TreeBuilder::Add(TreeNode node) {
  if (levels_.empty()) {
    node.key.clear();
    root_ = std::move(node);
    return;
  }
  Level& level = levels_.back();
  node.key.clear();
  if (level.node.kind == TreeNode::Kind::kMap) {
    node.key = std::move(level.key);
    node.line = level.key_line;
    level.has_key = false;
  }
  level.node.items.push_back(std::move(node));
}

void TreeBuilder::Count(size_t nodes, int line) {
  nodes_ += nodes;
  if (nodes_ > kNodesMax) {
    Refuse(line, absl::StrCat("over ", kNodesMax, " values"));
  }
}

}  // namespace panvault::segmentation
