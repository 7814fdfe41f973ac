#include "segmentation/node.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace panvault::segmentation {

const TreeNode* TreeNode::Find(absl::string_view name) const {
  if (kind != Kind::kMap) return nullptr;
  const auto found =
      std::find_if(items.begin(), items.end(),
                   [name](const TreeNode& item) { return item.key == name; });
  return found == items.end() ? nullptr : &*found;
}

absl::string_view KindName(TreeNode::Kind kind) {
  switch (kind) {
    case TreeNode::Kind::kNull:
      return "nothing";
    case TreeNode::Kind::kBool:
      return "a boolean";
    case TreeNode::Kind::kInt:
      return "an integer";
    case TreeNode::Kind::kFloat:
      return "a fraction";
    case TreeNode::Kind::kString:
      return "a string";
    case TreeNode::Kind::kList:
      return "a list";
    case TreeNode::Kind::kMap:
      return "a map";
  }
  return "";
}

absl::StatusOr<std::vector<Document>> ParseDocuments(absl::string_view text,
                                                     const Watch& watch) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (!absl::StartsWith(start, "{") && !absl::StartsWith(start, "[")) {
    return ParseYamlDocuments(text, watch);
  }
  absl::StatusOr<TreeNode> root = ParseJson(text);
  if (!root.ok()) return root.status();
  std::vector<Document> documents(1);
  documents.front().number = 1;
  documents.front().root = *std::move(root);
  return documents;
}

}  // namespace panvault::segmentation
