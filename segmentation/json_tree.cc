// ParseJson of node.h.

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "segmentation/node.h"
#include "segmentation/tree_builder.h"

namespace panvault::segmentation {
namespace {

constexpr int kNoLine = 0;

// nlohmann's events. The ready-made tree would have dropped repeated keys.
class JsonEvents final : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder& builder() { return builder_; }

  bool null() override { return Scalar({}); }
  bool boolean(bool value) override {
    TreeNode node;
    node.kind = TreeNode::Kind::kBool;
    node.boolean = value;
    return Scalar(std::move(node));
  }
  bool number_integer(number_integer_t value) override {
    TreeNode node;
    node.kind = TreeNode::Kind::kInt;
    node.integer = value;
    return Scalar(std::move(node));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      builder_.Refuse(kNoLine, "a number is out of range");
      return false;
    }
    return number_integer(static_cast<int64_t>(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    TreeNode node;
    node.kind = TreeNode::Kind::kFloat;
    node.text = text;
    return Scalar(std::move(node));
  }
  bool string(string_t& value) override {
    TreeNode node;
    node.kind = TreeNode::Kind::kString;
    node.text = std::move(value);
    return Scalar(std::move(node));
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*elements*/) override {
    builder_.Open(kNoLine, TreeNode::Kind::kMap);
    return builder_.status().ok();
  }
  bool key(string_t& value) override {
    builder_.Key(kNoLine, value);
    return builder_.status().ok();
  }
  bool end_object() override {
    builder_.Close();
    return true;
  }
  bool start_array(size_t /*elements*/) override {
    builder_.Open(kNoLine, TreeNode::Kind::kList);
    return builder_.status().ok();
  }
  bool end_array() override {
    builder_.Close();
    return true;
  }
  bool parse_error(size_t position, const std::string& /*last_token*/,
                   const nlohmann::json::exception& /*error*/) override {
    builder_.Refuse(kNoLine, "not JSON, at byte " + std::to_string(position));
    return false;
  }

 private:
  bool Scalar(TreeNode node) {
    builder_.Scalar(std::move(node));
    return builder_.status().ok();
  }

  TreeBuilder builder_;
};

}  // namespace

absl::StatusOr<TreeNode> ParseJson(absl::string_view text) {
  JsonEvents events;
  const bool is_read =
      nlohmann::json::sax_parse(text.begin(), text.end(), &events);
  if (!events.builder().status().ok()) return events.builder().status();
  if (!is_read) return absl::InvalidArgumentError("not JSON");
  return events.builder().TakeRoot();
}

}  // namespace panvault::segmentation
