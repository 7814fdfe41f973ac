#include "server/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace panvault::server {
namespace {

// A path of ours has at most some 60; what is longer is not a key of ours.
constexpr size_t kPathBytesMax = 120;

// No message of ours has that many fields; keeps the search for repeated keys
// from being quadratic in the file.
constexpr size_t kMapKeysMax = 100;

// Builds the tree from yaml-cpp's events. The node API of yaml-cpp would have
// resolved aliases and dropped repeated keys before anybody could object.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(absl::string_view file) : file_(file) {}

  const absl::Status& status() const { return status_; }
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    Refuse(mark, "aliases are not allowed");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Leaf(mark, YamlNode::Kind::kNull, {}, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    // yaml-cpp's own two tags: "?" for plain scalars, "!" for all others.
    if (!tag.empty() && tag != "?" && tag != "!") {
      return Refuse(mark, "tags are not allowed");
    }
    Leaf(mark, tag == "!" ? YamlNode::Kind::kQuoted : YamlNode::Kind::kPlain,
         value, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, YamlNode::Kind::kList, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, YamlNode::Kind::kMap, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A list or map that is being read.
  struct Level {
    YamlNode node;
    std::string path;
    bool has_key = false;  // Of a map: the next event is a value.
    std::string key;
    int key_line = 0;
  };

  void Refuse(const YAML::Mark& mark, absl::string_view what) {
    if (!status_.ok()) return;
    status_ = YamlError(file_, mark.line + 1, NextPath(), what);
  }

  // The path of the value that comes next.
  std::string NextPath() const {
    if (levels_.empty()) return "";
    const Level& level = levels_.back();
    if (level.node.kind == YamlNode::Kind::kMap) {
      return level.has_key ? YamlPath(level.path, level.key) : level.path;
    }
    return absl::StrCat(level.path, "[", level.node.items.size(), "]");
  }

  bool NextIsKey() const {
    return !levels_.empty() &&
           levels_.back().node.kind == YamlNode::Kind::kMap &&
           !levels_.back().has_key;
  }

  void Leaf(const YAML::Mark& mark, YamlNode::Kind kind,
            const std::string& text, YAML::anchor_t anchor) {
    if (!status_.ok()) return;
    if (anchor != 0) return Refuse(mark, "anchors are not allowed");
    if (NextIsKey()) return Key(mark, kind, text);
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.text = text;
    Add(std::move(node));
  }

  void Key(const YAML::Mark& mark, YamlNode::Kind kind,
           const std::string& text) {
    if (kind == YamlNode::Kind::kNull) return Refuse(mark, "empty key");
    if (text == "<<") return Refuse(mark, "merge keys are not allowed");
    Level& level = levels_.back();
    if (level.node.items.size() >= kMapKeysMax) {
      return Refuse(mark, absl::StrCat("over ", kMapKeysMax, " keys"));
    }
    const auto same = [&text](const YamlNode& item) {
      return item.key == text;
    };
    level.key = text;
    level.key_line = mark.line + 1;
    level.has_key = true;
    if (std::any_of(level.node.items.begin(), level.node.items.end(), same)) {
      Refuse(mark, "repeated key");
    }
  }

  void Open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind,
            YAML::anchor_t anchor) {
    if (!status_.ok()) return;
    if (anchor != 0) return Refuse(mark, "anchors are not allowed");
    if (!tag.empty() && tag != "?") return Refuse(mark, "tags are not allowed");
    if (NextIsKey()) return Refuse(mark, "a key is plain text");
    if (levels_.size() >= kYamlDepthMax) {
      return Refuse(mark, absl::StrCat("over ", kYamlDepthMax, " levels deep"));
    }
    Level level;
    level.node.kind = kind;
    level.node.line = mark.line + 1;
    level.path = NextPath();
    levels_.push_back(std::move(level));
  }

  void Close() {
    if (!status_.ok()) return;
    YamlNode node = std::move(levels_.back().node);
    levels_.pop_back();
    Add(std::move(node));
  }

  void Add(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == YamlNode::Kind::kMap) {
      node.key = std::move(level.key);
      node.line = level.key_line;
      level.has_key = false;
    }
    level.node.items.push_back(std::move(node));
  }

  const absl::string_view file_;
  absl::Status status_;
  YamlNode root_;
  std::vector<Level> levels_;
};

// yaml-cpp 0.7 forgets to complain of a quote that stays open if the file ends
// with a line break: the rest of the file would silently become one value. It
// does complain when there is something behind the line break.
std::string WithComment(absl::string_view text) {
  const bool is_whole_line = absl::EndsWith(text, "\n");
  return absl::StrCat(text, is_whole_line ? "#" : "\n#");
}

// yaml-cpp's texts are fixed, but for one that holds the alias.
absl::string_view SafeMessage(const YAML::Exception& error) {
  if (absl::StartsWith(error.msg, YAML::ErrorMsg::UNKNOWN_ANCHOR)) {
    return "aliases are not allowed";
  }
  return error.msg;
}

}  // namespace

absl::Status YamlError(absl::string_view file, int line, absl::string_view path,
                       absl::string_view what) {
  const std::string shown = absl::CHexEscape(path.substr(0, kPathBytesMax));
  return absl::InvalidArgumentError(absl::StrCat(
      file, ":", line, ": ", shown, shown.empty() ? "" : ": ", what));
}

std::string YamlPath(absl::string_view parent, absl::string_view key) {
  return absl::StrCat(parent, parent.empty() ? "" : ".", key);
}

absl::StatusOr<YamlNode> ParseYaml(absl::string_view file,
                                   absl::string_view text) {
  TreeBuilder builder(file);
  // yaml-cpp throws; its exceptions end here.
  try {
    std::istringstream stream{WithComment(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      return YamlError(file, 1, "", "the file is empty");
    }
    if (!builder.status().ok()) return builder.status();
    if (parser) return YamlError(file, 1, "", "more than one document");
  } catch (const YAML::Exception& error) {
    // An earlier finding of ours says more than what it led yaml-cpp to.
    if (!builder.status().ok()) return builder.status();
    return YamlError(file, error.mark.line + 1, "", SafeMessage(error));
  } catch (const std::exception&) {
    return YamlError(file, 1, "", "not YAML");
  }
  return builder.TakeRoot();
}

}  // namespace panvault::server
