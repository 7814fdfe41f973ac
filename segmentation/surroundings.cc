#include "segmentation/surroundings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "segmentation/declared.h"
#include "segmentation/peer_box.h"
#include "segmentation/rules.h"

namespace panvault::segmentation {
namespace {

std::string NameOf(const Workload& pod) {
  return absl::StrCat(pod.kind, " ", pod.namespace_name, "/", pod.name);
}

Finding PodFinding(Severity severity, absl::string_view rule,
                   const Workload& pod, std::string message) {
  Finding finding;
  finding.severity = severity;
  finding.rule = std::string(rule);
  finding.subject = NameOf(pod);
  finding.message = std::move(message);
  finding.source = pod.source;
  return finding;
}

const TreeNode* At(const TreeNode* node, absl::string_view key) {
  return node == nullptr ? nullptr : node->Find(key);
}

std::string TextAt(const TreeNode* node, absl::string_view key) {
  const TreeNode* const found = At(node, key);
  return found == nullptr ? "" : found->text;
}

const OtherObject* Find(const Cluster& cluster, absl::string_view kind,
                        const std::string& space, const std::string& name) {
  for (const OtherObject& other : cluster.others) {
    if (other.kind == kind && other.namespace_name == space &&
        other.name == name) {
      return &other;
    }
  }
  return nullptr;
}

// The parameters by which common provisioners are told to encrypt.
bool ShowsEncryption(const OtherObject& storage_class) {
  const TreeNode* const parameters = storage_class.root.Find("parameters");
  if (parameters == nullptr) return false;
  return std::any_of(parameters->items.begin(), parameters->items.end(),
                     [](const TreeNode& one) {
                       if (one.text.empty()) return false;
                       if (one.key == "encrypted" || one.key == "encryption") {
                         return one.text == "true";
                       }
                       return one.key == "kmsKeyId" ||
                              one.key == "diskEncryptionSetID" ||
                              one.key == "disk-encryption-kms-key" ||
                              one.key == "encryptionKMSID";
                     });
}

// Why the claim does not show it; nullopt if it does.
std::optional<std::string> WhyNotEncrypted(const Cluster& cluster,
                                           const Workload& pod,
                                           const MountedClaim& claim) {
  std::string name = claim.storage_class;
  if (!claim.is_template) {
    const OtherObject* const found =
        Find(cluster, "PersistentVolumeClaim", pod.namespace_name, claim.name);
    if (found == nullptr) return "the claim is not in the input";
    name = TextAt(At(&found->root, "spec"), "storageClassName");
  }
  if (name.empty()) return "it leaves the storage class to the cluster";
  const OtherObject* const storage_class =
      Find(cluster, "StorageClass", "", name);
  if (storage_class == nullptr) {
    return absl::StrCat("storage class ", name, " is not in the input");
  }
  if (ShowsEncryption(*storage_class)) return std::nullopt;
  return absl::StrCat("storage class ", name, " does not say so");
}

void CheckPod(const Cluster& cluster, const Workload& pod,
              std::vector<Finding>& findings) {
  for (const std::string& weakness : pod.weaknesses) {
    findings.push_back(
        PodFinding(Severity::kFail, kPodSecurity, pod, weakness));
  }
  for (const std::string& variable : pod.secret_env) {
    findings.push_back(PodFinding(Severity::kFail, kSecretEnv, pod, variable));
  }
  for (const MountedClaim& claim : pod.claims) {
    const std::optional<std::string> reason =
        WhyNotEncrypted(cluster, pod, claim);
    if (!reason) continue;
    findings.push_back(
        PodFinding(Severity::kWarning, kStorage, pod,
                   absl::StrCat("volume ", claim.name, ": ", *reason)));
  }
}

// Secrets are of a namespace: whoever else gets one there is another pod of it.
void CheckSecrets(const Cluster& cluster, const FlowMatrix& matrix,
                  const std::vector<const Workload*>& pods,
                  std::vector<Finding>& findings) {
  std::map<std::string, const Workload*> users;
  for (const Workload* const pod : pods) {
    for (const std::string& secret : pod->secrets) users.emplace(secret, pod);
  }
  for (const Workload& other : cluster.workloads) {
    if (other.namespace_name != matrix.server.namespace_name ||
        other.is_finished ||
        std::find(pods.begin(), pods.end(), &other) != pods.end()) {
      continue;
    }
    const std::set<std::string> secrets(other.secrets.begin(),
                                        other.secrets.end());
    for (const std::string& secret : secrets) {
      const auto user = users.find(secret);
      if (user == users.end()) continue;
      findings.push_back(PodFinding(
          Severity::kFail, kSecretElsewhere, other,
          absl::StrCat("gets Secret ", secret, " of ", NameOf(*user->second))));
    }
  }
}

void CheckPolicyTypes(const Cluster& cluster,
                      const std::vector<const Workload*>& pods,
                      std::vector<Finding>& findings) {
  for (const NetworkPolicy& policy : cluster.policies) {
    const bool is_ours =
        std::any_of(pods.begin(), pods.end(), [&policy](const Workload* pod) {
          return pod->namespace_name == policy.namespace_name &&
                 Matches(policy.pods, pod->labels);
        });
    if (!is_ours || policy.has_policy_types) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.rule = kPolicyTypes;
    finding.subject =
        absl::StrCat("NetworkPolicy ", policy.namespace_name, "/", policy.name);
    finding.message =
        "has no policyTypes; the server stores the default of its first "
        "version, and egress rules added later stay without effect";
    finding.source = policy.source;
    findings.push_back(std::move(finding));
  }
}

void CheckReview(const std::string& name, const FlowWords& words,
                 const FlowMatrix& matrix, absl::CivilDay today,
                 std::vector<Finding>& findings) {
  absl::CivilDay day;
  if (words.review_by.empty() || !absl::ParseCivilTime(words.review_by, &day) ||
      day >= today) {
    return;
  }
  Finding finding;
  finding.severity =
      today - day > kReviewGraceDays ? Severity::kFail : Severity::kWarning;
  finding.rule = kOverdue;
  finding.subject = absl::StrCat("flow ", name);
  finding.message = absl::StrCat("its review was due on ", words.review_by);
  finding.source.file = matrix.file;
  findings.push_back(std::move(finding));
}

// Some plugins let an ipBlock match pods, some do not; a flow that is declared
// by address should not depend on it.
void CheckBlock(const Cluster& cluster, const PlainFlow& flow,
                const FlowMatrix& matrix, std::vector<Finding>& findings) {
  if (!flow.block) return;
  for (const Workload& pod : cluster.workloads) {
    if (pod.host_network || pod.addresses.Intersect(*flow.block).empty()) {
      continue;
    }
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.rule = kBlockOverPods;
    finding.subject = absl::StrCat("flow ", flow.name);
    finding.message =
        absl::StrCat(flow.cidr, " covers ", NameOf(pod), " at ",
                     FirstAddress(pod.addresses.Intersect(*flow.block)));
    finding.source.file = matrix.file;
    findings.push_back(std::move(finding));
    return;
  }
}

}  // namespace

std::vector<Finding> CheckSurroundings(const Cluster& cluster,
                                       const FlowMatrix& matrix,
                                       absl::CivilDay today) {
  std::vector<Finding> findings;
  const std::vector<const Workload*> pods = ReleasePods(cluster, matrix);
  for (const Workload* const pod : pods) CheckPod(cluster, *pod, findings);
  CheckSecrets(cluster, matrix, pods, findings);
  CheckPolicyTypes(cluster, pods, findings);
  for (const CallerFlow& caller : matrix.callers) {
    CheckReview(caller.name, caller.words, matrix, today, findings);
  }
  for (const PlainFlow& flow : matrix.others) {
    CheckReview(flow.name, flow.words, matrix, today, findings);
    CheckBlock(cluster, flow, matrix, findings);
  }
  return findings;
}

}  // namespace panvault::segmentation
