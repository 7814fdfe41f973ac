#include "segmentation/container_security.h"

#include <algorithm>

#include "absl/strings/string_view.h"

namespace panvault::segmentation {
namespace {

const TreeNode* Find(const TreeNode* node, absl::string_view key) {
  return node == nullptr ? nullptr : node->Find(key);
}

bool IsTrue(const TreeNode* node) {
  return node != nullptr && node->kind == TreeNode::Kind::kBool &&
         node->boolean;
}

bool IsFalse(const TreeNode* node) {
  return node != nullptr && node->kind == TreeNode::Kind::kBool &&
         !node->boolean;
}

bool IsSafeProfile(const TreeNode* type) {
  return type != nullptr &&
         (type->text == "RuntimeDefault" || type->text == "Localhost");
}

bool DropsAll(const TreeNode* capabilities) {
  const TreeNode* const drop = Find(capabilities, "drop");
  return drop != nullptr &&
         std::any_of(drop->items.begin(), drop->items.end(),
                     [](const TreeNode& item) { return item.text == "ALL"; });
}

bool AddsTooMuch(const TreeNode* capabilities) {
  const TreeNode* const add = Find(capabilities, "add");
  return add != nullptr && std::any_of(add->items.begin(), add->items.end(),
                                       [](const TreeNode& item) {
                                         return item.text != "NET_BIND_SERVICE";
                                       });
}

}  // namespace

PodSecurity ReadPodSecurity(const TreeNode* context) {
  PodSecurity pod;
  pod.runs_as_non_root = IsTrue(Find(context, "runAsNonRoot"));
  pod.has_seccomp =
      IsSafeProfile(Find(Find(context, "seccompProfile"), "type"));
  return pod;
}

std::vector<std::string> ContainerWeaknesses(const TreeNode* context,
                                             const PodSecurity& pod) {
  std::vector<std::string> found;
  const TreeNode* const non_root = Find(context, "runAsNonRoot");
  if (IsFalse(non_root) || (!IsTrue(non_root) && !pod.runs_as_non_root)) {
    found.emplace_back("may run as root");
  }
  const TreeNode* const user = Find(context, "runAsUser");
  if (user != nullptr && user->kind == TreeNode::Kind::kInt &&
      user->integer == 0) {
    found.emplace_back("runs as user 0");
  }
  const TreeNode* const profile = Find(Find(context, "seccompProfile"), "type");
  if (profile == nullptr ? !pod.has_seccomp : !IsSafeProfile(profile)) {
    found.emplace_back("has no seccomp profile");
  }
  if (IsTrue(Find(context, "privileged"))) found.emplace_back("is privileged");
  if (!IsFalse(Find(context, "allowPrivilegeEscalation"))) {
    found.emplace_back("may gain privileges");
  }
  const TreeNode* const capabilities = Find(context, "capabilities");
  if (!DropsAll(capabilities)) found.emplace_back("keeps capabilities");
  if (AddsTooMuch(capabilities)) found.emplace_back("adds capabilities");
  return found;
}

}  // namespace panvault::segmentation
