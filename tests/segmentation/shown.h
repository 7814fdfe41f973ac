// A tree in one line, for tests: {a: 1, b: 'text', c: [true, ~]}.

#ifndef PANVAULT_TESTS_SEGMENTATION_SHOWN_H_
#define PANVAULT_TESTS_SEGMENTATION_SHOWN_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "segmentation/node.h"

namespace panvault::segmentation {

inline std::string Shown(const TreeNode& node) {
  std::string text;
  switch (node.kind) {
    case TreeNode::Kind::kNull:
      return "~";
    case TreeNode::Kind::kBool:
      return node.boolean ? "true" : "false";
    case TreeNode::Kind::kInt:
      return absl::StrCat(node.integer);
    case TreeNode::Kind::kFloat:
      return absl::StrCat("float ", node.text);
    case TreeNode::Kind::kString:
      return absl::StrCat("'", node.text, "'");
    case TreeNode::Kind::kList:
    case TreeNode::Kind::kMap:
      break;
  }
  const bool is_map = node.kind == TreeNode::Kind::kMap;
  for (const TreeNode& item : node.items) {
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    is_map ? item.key + ": " : "", Shown(item));
  }
  return is_map ? absl::StrCat("{", text, "}") : absl::StrCat("[", text, "]");
}

}  // namespace panvault::segmentation

#endif  // PANVAULT_TESTS_SEGMENTATION_SHOWN_H_
