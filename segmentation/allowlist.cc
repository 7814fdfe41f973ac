#include "segmentation/allowlist.h"

#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "segmentation/node.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

constexpr char kAccessKey[] = "access.yaml";

// The text of access.yaml, or null.
const TreeNode* AccessOf(const OtherObject& other, const FlowMatrix& matrix) {
  if (other.kind != "ConfigMap" ||
      other.namespace_name != matrix.server.namespace_name) {
    return nullptr;
  }
  const TreeNode* const data = other.root.Find("data");
  return data == nullptr ? nullptr : data->Find(kAccessKey);
}

std::string TextAt(const TreeNode& node, absl::string_view key) {
  const TreeNode* const found = node.Find(key);
  return found == nullptr ? "" : found->text;
}

Finding NewFinding(Severity severity, absl::string_view rule,
                   const OtherObject& other, std::string message) {
  Finding finding;
  finding.severity = severity;
  finding.rule = std::string(rule);
  finding.subject =
      absl::StrCat("ConfigMap ", other.namespace_name, "/", other.name);
  finding.message = std::move(message);
  finding.source = other.source;
  return finding;
}

void Compare(const std::map<std::string, std::string>& allowed,
             const OtherObject& other, const FlowMatrix& matrix,
             std::vector<Finding>& findings) {
  std::map<std::string, std::string> declared;
  for (const CallerFlow& caller : matrix.callers) {
    declared[caller.spiffe_id] = caller.name;
  }
  for (const auto& [id, name] : allowed) {
    if (declared.count(id) == 0) {
      findings.push_back(
          NewFinding(Severity::kFail, kAllowlist, other,
                     absl::StrCat("lets ", id, " call (", name,
                                  "), for which no flow is declared")));
    }
  }
  for (const auto& [id, name] : declared) {
    if (allowed.count(id) == 0) {
      findings.push_back(NewFinding(
          Severity::kFail, kAllowlist, other,
          absl::StrCat("has no rule for ", id, ", the caller of flow ", name)));
    }
  }
}

}  // namespace

bool HasAllowlist(const Cluster& cluster, const FlowMatrix& matrix) {
  for (const OtherObject& other : cluster.others) {
    if (AccessOf(other, matrix) != nullptr) return true;
  }
  return false;
}

std::vector<Finding> MatchAllowlist(const Cluster& cluster,
                                    const FlowMatrix& matrix) {
  std::vector<Finding> findings;
  for (const OtherObject& other : cluster.others) {
    const TreeNode* const text = AccessOf(other, matrix);
    if (text == nullptr) continue;
    const absl::StatusOr<std::vector<Document>> documents =
        ParseDocuments(text->text);
    if (!documents.ok() || documents->size() != 1) {
      findings.push_back(NewFinding(Severity::kUnknown, kUnreadable, other,
                                    "its access.yaml cannot be read"));
      continue;
    }
    std::map<std::string, std::string> allowed;
    const TreeNode* const callers = documents->front().root.Find("callers");
    if (callers != nullptr) {
      for (const TreeNode& caller : callers->items) {
        allowed[TextAt(caller, "spiffe_id")] = TextAt(caller, "name");
      }
    }
    Compare(allowed, other, matrix, findings);
  }
  return findings;
}

}  // namespace panvault::segmentation
