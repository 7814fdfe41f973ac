// ParseYamlDocuments of node.h.

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "segmentation/node.h"
#include "segmentation/tree_builder.h"
#include "segmentation/yaml_scalar.h"

namespace panvault::segmentation {
namespace {

// Some milliseconds of work.
constexpr size_t kScalarsPerWatch = 1024;

// yaml-cpp's events. Its own nodes would have dropped repeated keys and the
// difference between 80 and "80".
class YamlEvents final : public YAML::EventHandler {
 public:
  YamlEvents(size_t bytes, const Watch& watch) : bytes_(bytes), watch_(watch) {}

  TreeBuilder& builder() { return builder_; }

  // yaml-cpp 0.7 steps over nothing at a comma outside of a list, and so finds
  // documents there for ever.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == document_start_) {
      builder_.Refuse(Line(mark), "not YAML");
    }
    document_start_ = mark.pos;
    anchored_.clear();
  }
  void OnDocumentEnd() override {}

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (!builder_.status().ok()) return;
    const auto found = anchored_.find(anchor);
    if (builder_.NextIsKey() || found == anchored_.end()) {
      return builder_.Refuse(Line(mark), "this alias cannot be read");
    }
    builder_.Copy(found->second, Line(mark));
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Scalar(mark, TreeNode(), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    if (!builder_.status().ok()) return;
    // yaml-cpp's own two tags: "?" for plain scalars, "!" for all others.
    if (!tag.empty() && tag != "?" && tag != "!") {
      return builder_.Refuse(Line(mark), "tags are not allowed");
    }
    if (tag == "!") {
      TreeNode node;
      node.kind = TreeNode::Kind::kString;
      node.text = value;
      return Scalar(mark, std::move(node), anchor);
    }
    absl::StatusOr<TreeNode> node = ResolveScalar(value);
    if (!node.ok()) {
      return builder_.Refuse(Line(mark), node.status().message());
    }
    if (builder_.NextIsKey() && value == "<<") {
      return builder_.Refuse(Line(mark), "merge keys are not allowed");
    }
    Scalar(mark, *std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, anchor, TreeNode::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(mark, tag, anchor, TreeNode::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  static int Line(const YAML::Mark& mark) { return mark.line + 1; }

  void Scalar(const YAML::Mark& mark, TreeNode node, YAML::anchor_t anchor) {
    if (!builder_.status().ok()) return;
    if (watch_ && ++scalars_ % kScalarsPerWatch == 0) {
      watch_(std::min(static_cast<size_t>(mark.pos), bytes_), bytes_);
    }
    if (builder_.NextIsKey()) {
      if (node.kind != TreeNode::Kind::kString || anchor != 0) {
        return builder_.Refuse(Line(mark), "a key is a string");
      }
      return builder_.Key(Line(mark), node.text);
    }
    node.line = Line(mark);
    builder_.Scalar(std::move(node));
    Remember(anchor);
  }

  void Open(const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, TreeNode::Kind kind) {
    if (!builder_.status().ok()) return;
    if (!tag.empty() && tag != "?") {
      return builder_.Refuse(Line(mark), "tags are not allowed");
    }
    if (builder_.NextIsKey()) {
      return builder_.Refuse(Line(mark), "a key is a string");
    }
    open_anchors_.push_back(anchor);
    builder_.Open(Line(mark), kind);
  }

  void Close() {
    if (!builder_.status().ok()) return;
    const YAML::anchor_t anchor = open_anchors_.back();
    open_anchors_.pop_back();
    builder_.Close();
    Remember(anchor);
  }

  void Remember(YAML::anchor_t anchor) {
    if (anchor != 0 && builder_.status().ok()) {
      anchored_[anchor] = builder_.Last();
    }
  }

  const size_t bytes_;
  const Watch& watch_;
  size_t scalars_ = 0;
  TreeBuilder builder_;
  int document_start_ = -1;
  std::vector<YAML::anchor_t> open_anchors_;
  std::map<YAML::anchor_t, TreeNode> anchored_;
};

// yaml-cpp 0.7 forgets to complain of a quote that stays open if the file ends
// with a line break: the rest of the file would silently become one value. It
// does complain when there is something behind the line break.
std::string WithComment(absl::string_view text) {
  return absl::StrCat(text, absl::EndsWith(text, "\n") ? "#" : "\n#");
}

// Lines alone say it of the first.
absl::Status InDocument(size_t number, const absl::Status& status) {
  if (number == 1) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("document ", number, ", ", status.message()));
}

}  // namespace

absl::StatusOr<std::vector<Document>> ParseYamlDocuments(absl::string_view text,
                                                         const Watch& watch) {
  YamlEvents events(text.size(), watch);
  std::vector<Document> documents;
  size_t number = 1;
  // yaml-cpp throws; its exceptions end here.
  try {
    std::istringstream stream{WithComment(text)};
    YAML::Parser parser(stream);
    for (; parser.HandleNextDocument(events); ++number) {
      if (!events.builder().status().ok()) {
        return InDocument(number, events.builder().status());
      }
      Document document;
      document.number = number;
      document.root = events.builder().TakeRoot();
      if (document.root.kind == TreeNode::Kind::kNull) continue;
      documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& error) {
    // An earlier finding of ours says more than what it led yaml-cpp to.
    if (!events.builder().status().ok()) {
      return InDocument(number, events.builder().status());
    }
    return InDocument(number, LineError(error.mark.line + 1, "not YAML"));
  } catch (const std::exception&) {
    return absl::InvalidArgumentError("not YAML");
  }
  return documents;
}

}  // namespace panvault::segmentation
