#include "segmentation/fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace panvault::segmentation {
namespace {

constexpr size_t kShownBytesMax = 200;

const TreeNode& Nothing() {
  static const TreeNode* const nothing = new TreeNode;
  return *nothing;
}

}  // namespace

void ReadContext::Report(const TreeNode& node, absl::string_view path,
                         absl::string_view what) const {
  Problem problem;
  problem.source = source;
  if (node.line != 0) problem.source.line = node.line;
  problem.path = absl::CHexEscape(
      absl::StrCat(object, object.empty() || path.empty() ? "" : ": ", path)
          .substr(0, kShownBytesMax));
  problem.what = std::string(what);
  problems->push_back(std::move(problem));
}

std::string FieldPath(absl::string_view parent, absl::string_view key) {
  return absl::StrCat(parent, parent.empty() || key.empty() ? "" : ".", key);
}

std::string ItemPath(absl::string_view parent, size_t index) {
  return absl::StrCat(parent, "[", index, "]");
}

Fields::Fields(const TreeNode& node, std::string path,
               const ReadContext& context)
    : node_(&node), path_(std::move(path)), context_(&context) {
  if (node.kind != TreeNode::Kind::kMap) {
    Report("", absl::StrCat("is ", KindName(node.kind), ", not a map"));
    node_ = &Nothing();
  }
}

const TreeNode* Fields::Get(absl::string_view key) {
  known_.emplace_back(key);
  const TreeNode* const found = node_->Find(key);
  return found == nullptr || found->kind == TreeNode::Kind::kNull ? nullptr
                                                                  : found;
}

const TreeNode* Fields::Typed(absl::string_view key, TreeNode::Kind kind) {
  const TreeNode* const found = Get(key);
  if (found == nullptr || found->kind == kind) return found;
  Report(key,
         absl::StrCat("is ", KindName(found->kind), ", not ", KindName(kind)));
  return nullptr;
}

std::optional<std::string> Fields::String(absl::string_view key) {
  const TreeNode* const found = Typed(key, TreeNode::Kind::kString);
  if (found == nullptr) return std::nullopt;
  return found->text;
}

std::optional<int64_t> Fields::Int(absl::string_view key) {
  const TreeNode* const found = Typed(key, TreeNode::Kind::kInt);
  if (found == nullptr) return std::nullopt;
  return found->integer;
}

std::optional<bool> Fields::Bool(absl::string_view key) {
  const TreeNode* const found = Typed(key, TreeNode::Kind::kBool);
  if (found == nullptr) return std::nullopt;
  return found->boolean;
}

std::optional<Labels> Fields::StringMap(absl::string_view key) {
  const TreeNode* const found = Typed(key, TreeNode::Kind::kMap);
  if (found == nullptr) return std::nullopt;
  Labels labels;
  for (const TreeNode& item : found->items) {
    if (item.kind == TreeNode::Kind::kString ||
        item.kind == TreeNode::Kind::kNull) {
      labels.emplace(item.key, item.text);
      continue;
    }
    Report(FieldPath(key, item.key),
           absl::StrCat("is ", KindName(item.kind), ", not a string"));
  }
  return labels;
}

std::vector<std::string> Fields::StringList(absl::string_view key) {
  std::vector<std::string> texts;
  const std::vector<TreeNode>& items = List(key);
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind == TreeNode::Kind::kString) {
      texts.push_back(items[i].text);
      continue;
    }
    Report(ItemPath(key, i),
           absl::StrCat("is ", KindName(items[i].kind), ", not a string"));
  }
  return texts;
}

const std::vector<TreeNode>& Fields::List(absl::string_view key) {
  const TreeNode* const found = Typed(key, TreeNode::Kind::kList);
  return found == nullptr ? Nothing().items : found->items;
}

std::optional<Fields> Fields::Map(absl::string_view key) {
  const TreeNode* const found = Typed(key, TreeNode::Kind::kMap);
  if (found == nullptr) return std::nullopt;
  return Fields(*found, FieldPath(path_, key), *context_);
}

std::string Fields::RequiredString(absl::string_view key) {
  const std::optional<std::string> text = String(key);
  if (text && !text->empty()) return *text;
  const TreeNode* const found = node_->Find(key);
  if (found == nullptr || found->kind == TreeNode::Kind::kNull ||
      found->kind == TreeNode::Kind::kString) {
    Report(key, "is needed");
  }
  return "";
}

void Fields::Ignore(std::initializer_list<absl::string_view> keys) {
  for (const absl::string_view key : keys) known_.emplace_back(key);
}

void Fields::Finish() {
  for (const TreeNode& item : node_->items) {
    if (std::find(known_.begin(), known_.end(), item.key) == known_.end()) {
      Report(item.key, "unknown field");
    }
  }
}

void Fields::Report(absl::string_view key, absl::string_view what) const {
  const TreeNode* const found = node_->Find(key);
  context_->Report(found == nullptr ? *node_ : *found, FieldPath(path_, key),
                   what);
}

}  // namespace panvault::segmentation
