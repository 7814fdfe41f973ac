// Fields reads a map of a manifest strictly: each field has one type, and a
// field that nobody asked for is an error. Errors do not stop the reading: they
// are collected, so that one run names them all.

#ifndef PANVAULT_SEGMENTATION_FIELDS_H_
#define PANVAULT_SEGMENTATION_FIELDS_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "segmentation/model.h"
#include "segmentation/node.h"

namespace panvault::segmentation {

// Where the object that is being read stands, and what was wrong with it.
struct ReadContext {
  Source source;
  std::string object;  // "NetworkPolicy shop/allow", for messages.
  std::vector<Problem>* problems = nullptr;

  void Report(const TreeNode& node, absl::string_view path,
              absl::string_view what) const;
};

// "spec" and "ports" make "spec.ports"; with an index, "spec.ports[0]".
std::string FieldPath(absl::string_view parent, absl::string_view key);
std::string ItemPath(absl::string_view parent, size_t index);

// All null values count as absent, as for the API server. The node, the context
// and the problems outlive it. Not thread-safe.
class Fields final {
 public:
  // Reports `node` if it is no map, and then finds nothing in it.
  Fields(const TreeNode& node, std::string path, const ReadContext& context);

  // The value, or null if absent. Marks the field as known, as all below.
  const TreeNode* Get(absl::string_view key);

  // nullopt, or empty, if absent or of another type; the latter is reported.
  std::optional<std::string> String(absl::string_view key);
  std::optional<int64_t> Int(absl::string_view key);
  std::optional<bool> Bool(absl::string_view key);
  std::optional<Labels> StringMap(absl::string_view key);
  std::vector<std::string> StringList(absl::string_view key);
  const std::vector<TreeNode>& List(absl::string_view key);
  std::optional<Fields> Map(absl::string_view key);

  // Reports what is absent.
  std::string RequiredString(absl::string_view key);

  // Names of fields that exist but say nothing about the network.
  void Ignore(std::initializer_list<absl::string_view> keys);

  // Reports the fields that nobody asked for.
  void Finish();

  const TreeNode& node() const { return *node_; }
  const std::string& path() const { return path_; }
  const ReadContext& context() const { return *context_; }

  // Reports something about the field `key`, or about the map if it is empty.
  void Report(absl::string_view key, absl::string_view what) const;

 private:
  const TreeNode* Typed(absl::string_view key, TreeNode::Kind kind);

  const TreeNode* node_;
  std::string path_;
  const ReadContext* context_;
  std::vector<std::string> known_;
};

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_FIELDS_H_
