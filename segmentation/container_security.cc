#include "segmentation/container_security.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

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

bool IsZero(const TreeNode* node) {
  return node != nullptr && node->kind == TreeNode::Kind::kInt &&
         node->integer == 0;
}

bool IsUnsafeSysctl(const TreeNode& item) {
  static constexpr absl::string_view kSafe[] = {
      "kernel.shm_rmid_forced",           "net.ipv4.ip_local_port_range",
      "net.ipv4.ip_local_reserved_ports", "net.ipv4.ip_unprivileged_port_start",
      "net.ipv4.ping_group_range",        "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",     "net.ipv4.tcp_keepalive_probes",
      "net.ipv4.tcp_keepalive_time",      "net.ipv4.tcp_rmem",
      "net.ipv4.tcp_syncookies",          "net.ipv4.tcp_wmem"};
  const TreeNode* const name = item.Find("name");
  return name == nullptr || std::find(std::begin(kSafe), std::end(kSafe),
                                      name->text) == std::end(kSafe);
}

bool ChoosesSelinuxLabel(const TreeNode* options) {
  static constexpr absl::string_view kTypes[] = {
      "", "container_t", "container_init_t", "container_kvm_t",
      "container_engine_t"};
  const TreeNode* const type = Find(options, "type");
  if (type != nullptr && std::find(std::begin(kTypes), std::end(kTypes),
                                   type->text) == std::end(kTypes)) {
    return true;
  }
  const TreeNode* const user = Find(options, "user");
  const TreeNode* const role = Find(options, "role");
  return (user != nullptr && !user->text.empty()) ||
         (role != nullptr && !role->text.empty());
}

// What the pod and each container may say of themselves, and must not.
void AddCommonWeaknesses(const TreeNode* context,
                         std::vector<std::string>& found) {
  if (IsZero(Find(context, "runAsUser"))) {
    found.emplace_back("runs as user 0");
  }
  const TreeNode* const armor = Find(Find(context, "appArmorProfile"), "type");
  if (armor != nullptr && armor->text == "Unconfined") {
    found.emplace_back("switches AppArmor off");
  }
  if (ChoosesSelinuxLabel(Find(context, "seLinuxOptions"))) {
    found.emplace_back("chooses its SELinux label");
  }
  if (IsTrue(Find(Find(context, "windowsOptions"), "hostProcess"))) {
    found.emplace_back("is a process of the node");
  }
}

}  // namespace

PodSecurity ReadPodSecurity(const TreeNode* context) {
  PodSecurity pod;
  pod.runs_as_non_root = IsTrue(Find(context, "runAsNonRoot"));
  pod.has_seccomp =
      IsSafeProfile(Find(Find(context, "seccompProfile"), "type"));
  return pod;
}

std::vector<std::string> PodWeaknesses(const TreeNode* context) {
  std::vector<std::string> found;
  AddCommonWeaknesses(context, found);
  const TreeNode* const sysctls = Find(context, "sysctls");
  if (sysctls != nullptr && std::any_of(sysctls->items.begin(),
                                        sysctls->items.end(), IsUnsafeSysctl)) {
    found.emplace_back("sets a sysctl that is not safe");
  }
  return found;
}

std::vector<std::string> AnnotationWeaknesses(
    const std::map<std::string, std::string>& annotations) {
  static constexpr absl::string_view kAppArmor =
      "container.apparmor.security.beta.kubernetes.io/";
  std::vector<std::string> found;
  for (const auto& [name, value] : annotations) {
    absl::string_view container = name;
    if (!absl::ConsumePrefix(&container, kAppArmor)) continue;
    if (value.empty() || value == "runtime/default" ||
        absl::StartsWith(value, "localhost/")) {
      continue;
    }
    found.push_back(
        absl::StrCat("container ", container, ": switches AppArmor off"));
  }
  return found;
}

std::vector<std::string> ContainerWeaknesses(const TreeNode* context,
                                             const PodSecurity& pod) {
  std::vector<std::string> found;
  const TreeNode* const non_root = Find(context, "runAsNonRoot");
  if (IsFalse(non_root) || (!IsTrue(non_root) && !pod.runs_as_non_root)) {
    found.emplace_back("may run as root");
  }
  AddCommonWeaknesses(context, found);
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
  const TreeNode* const proc = Find(context, "procMount");
  if (proc != nullptr && proc->text != "Default") {
    found.emplace_back("sees all of /proc");
  }
  return found;
}

}  // namespace panvault::segmentation
