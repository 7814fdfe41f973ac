#include "segmentation/node.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace panvault::segmentation {

const Node* Node::Find(absl::string_view name) const {
  if (kind != Kind::kMap) return nullptr;
  const auto found =
      std::find_if(items.begin(), items.end(),
                   [name](const Node& item) { return item.key == name; });
  return found == items.end() ? nullptr : &*found;
}

absl::string_view KindName(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kBool:
      return "a boolean";
    case Node::Kind::kInt:
      return "an integer";
    case Node::Kind::kFloat:
      return "a fraction";
    case Node::Kind::kString:
      return "a string";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
  }
  return "";
}

absl::StatusOr<std::vector<Document>> ParseDocuments(absl::string_view text) {
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (!absl::StartsWith(start, "{") && !absl::StartsWith(start, "[")) {
    return ParseYamlDocuments(text);
  }
  absl::StatusOr<Node> root = ParseJson(text);
  if (!root.ok()) return root.status();
  std::vector<Document> documents(1);
  documents.front().number = 1;
  documents.front().root = *std::move(root);
  return documents;
}

}  // namespace panvault::segmentation
