#include "segmentation/rbac.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace panvault::segmentation {
namespace {

// Any of the verbs on any of the resources does it; "*" is all of either.
struct Reach {
  absl::string_view what;
  std::vector<absl::string_view> verbs;
  std::vector<absl::string_view> resources;
};

const std::vector<Reach>& Reaches() {
  static const auto* const reaches = new std::vector<Reach>{
      {"read secrets", {"get", "list", "watch"}, {"secrets"}},
      {"run commands in pods",
       {"create", "get"},
       {"pods/exec", "pods/attach", "pods/portforward"}},
      {"put a container into pods",
       {"update", "patch"},
       {"pods/ephemeralcontainers"}},
      {"create or relabel pods",
       {"create", "update", "patch"},
       {"pods", "replicationcontrollers", "deployments", "statefulsets",
        "daemonsets", "replicasets", "jobs", "cronjobs"}},
      {"issue service account tokens", {"create"}, {"serviceaccounts/token"}},
      {"change network policies",
       {"create", "update", "patch", "delete", "deletecollection"},
       {"networkpolicies"}},
      {"change roles", {"escalate", "bind"}, {"roles", "clusterroles"}},
      {"act as somebody else",
       {"impersonate"},
       {"users", "groups", "serviceaccounts"}},
  };
  return *reaches;
}

bool Lists(const TreeNode& rule, absl::string_view key,
           const std::vector<absl::string_view>& items) {
  const TreeNode* const list = rule.Find(key);
  if (list == nullptr) return false;
  return std::any_of(
      list->items.begin(), list->items.end(), [&items](const TreeNode& one) {
        return one.text == "*" ||
               std::find(items.begin(), items.end(), one.text) != items.end();
      });
}

std::string TextAt(const TreeNode* node, absl::string_view key) {
  const TreeNode* const found = node == nullptr ? nullptr : node->Find(key);
  return found == nullptr ? "" : found->text;
}

std::set<std::string> ReachOf(const TreeNode& role) {
  std::set<std::string> reach;
  const TreeNode* const rules = role.Find("rules");
  if (rules == nullptr) return reach;
  for (const TreeNode& rule : rules->items) {
    for (const Reach& one : Reaches()) {
      if (Lists(rule, "verbs", one.verbs) &&
          Lists(rule, "resources", one.resources)) {
        reach.emplace(one.what);
      }
    }
  }
  return reach;
}

// Of the roles that every cluster has; nullopt for others.
std::optional<std::set<std::string>> BuiltInReach(const std::string& role) {
  if (role == "cluster-admin" || role == "admin" || role == "edit") {
    return std::set<std::string>{"read secrets", "run commands in pods"};
  }
  if (role == "view") return std::set<std::string>();
  return std::nullopt;
}

std::string SubjectsOf(const TreeNode& binding) {
  std::vector<std::string> names;
  const TreeNode* const subjects = binding.Find("subjects");
  if (subjects == nullptr) return "";
  for (const TreeNode& subject : subjects->items) {
    const std::string name = TextAt(&subject, "name");
    const std::string space = TextAt(&subject, "namespace");
    if (name == "system:masters") continue;
    names.push_back(absl::StrCat(TextAt(&subject, "kind"), " ", space,
                                 space.empty() ? "" : "/", name));
  }
  return absl::StrJoin(names, ", ");
}

const OtherObject* FindRole(const Cluster& cluster, const std::string& kind,
                            const std::string& space, const std::string& name) {
  for (const OtherObject& other : cluster.others) {
    const bool is_there =
        kind == "ClusterRole" || other.namespace_name == space;
    if (other.kind == kind && other.name == name && is_there) return &other;
  }
  return nullptr;
}

std::optional<Finding> CheckBinding(const Cluster& cluster,
                                    const OtherObject& binding) {
  const std::string subjects = SubjectsOf(binding.root);
  if (subjects.empty()) return std::nullopt;
  const TreeNode* const ref = binding.root.Find("roleRef");
  const std::string kind = TextAt(ref, "kind");
  const std::string name = TextAt(ref, "name");
  Finding finding;
  finding.rule = "rbac-reach";
  finding.subject =
      absl::StrCat(binding.kind, " ", binding.namespace_name,
                   binding.namespace_name.empty() ? "" : "/", binding.name);
  finding.source = binding.source;
  const OtherObject* const role =
      FindRole(cluster, kind, binding.namespace_name, name);
  std::optional<std::set<std::string>> reach;
  if (role != nullptr) {
    reach = ReachOf(role->root);
  } else if (kind == "ClusterRole") {
    reach = BuiltInReach(name);
  }
  if (!reach) {
    finding.severity = Severity::kWarning;
    finding.message = absl::StrCat("binds ", subjects, " to ", kind, " ", name,
                                   ", which the input does not hold");
    return finding;
  }
  if (reach->empty()) return std::nullopt;
  finding.message = absl::StrCat(kind, " ", name, " lets ", subjects, " ",
                                 absl::StrJoin(*reach, ", "));
  return finding;
}

}  // namespace

std::vector<Finding> CheckRbac(const Cluster& cluster,
                               const std::string& namespace_name) {
  std::vector<Finding> findings;
  for (const OtherObject& other : cluster.others) {
    const bool is_here =
        other.kind == "RoleBinding" && other.namespace_name == namespace_name;
    const bool is_everywhere = other.kind == "ClusterRoleBinding";
    if (!is_here && !is_everywhere) continue;
    if (is_everywhere && absl::StartsWith(other.name, "system:")) continue;
    std::optional<Finding> finding = CheckBinding(cluster, other);
    if (finding) findings.push_back(*std::move(finding));
  }
  return findings;
}

}  // namespace panvault::segmentation
