#include "segmentation/rules.h"

#include <algorithm>

namespace panvault::segmentation {

absl::Span<const RuleInfo> AllRules() {
  static const auto* const rules = new std::vector<RuleInfo>{
      {kLeakIngress,
       "Something that is not declared can be reached from outside the release",
       {"1.3.1", "1.4.2", "1.2.5"}},
      {kLeakEgress,
       "The release can reach something that is not declared",
       {"1.3.2", "1.2.5"}},
      {kBlocked, "A declared flow is blocked", {"1.2.5", "1.2.8"}},
      {kUnreadable, "Part of the input could not be understood", {"1.2.1"}},
      {kForeign,
       "Policies of another kind may change what NetworkPolicies say",
       {"1.2.1", "1.2.8"}},
      {kHostNetwork,
       "A pod on the host network is under no NetworkPolicy",
       {"1.3.1", "1.3.2"}},
      {kSecondNetwork,
       "A pod has a second network, which is under no NetworkPolicy",
       {"1.3.1", "1.3.2"}},
      {kNoServer, "The input has no pod of the server", {"1.2.8"}},
      {kTooComplex, "The policies are too many to compare", {"1.2.1"}},
      {kPolicyTypes,
       "A policy leaves its direction to defaults",
       {"1.2.1", "1.2.8"}},
      {kOverdue, "The review of a flow is overdue", {"1.2.7"}},
      {kOverlap, "One pod can be two callers", {"1.2.5", "7.2.5"}},
      {kSharedPeer,
       "Callers and peers do not match one to one",
       {"1.2.5", "1.3.1"}},
      {kAllowlist,
       "The service's allowlist and the declared flows name other callers",
       {"1.2.5", "7.2.5"}},
      {kUntied,
       "Labels that open a flow are not tied to its service account",
       {"1.2.5", "7.2.5", "8.6.1"}},
      {kWrongAccount,
       "A pod runs as another service account than its flow declares",
       {"7.2.5"}},
      {kBlockOverPods,
       "A declared network covers pods, and plugins differ on what that means",
       {"1.3.1", "1.3.2"}},
      {kRbac,
       "A role reaches the release's secrets or pods",
       {"7.2.1", "7.2.5", "3.7.6"}},
      {kSecretEnv, "A Secret is in the environment", {"8.6.2", "3.6.1"}},
      {kSecretElsewhere,
       "A Secret of the release is given to a pod that is not of it",
       {"7.2.1", "7.2.5", "3.6.1"}},
      {kPodSecurity,
       "A pod does not meet the restricted standard",
       {"2.2.4", "2.2.6"}},
      {kStorage, "A volume does not show that it is encrypted", {"3.5.1.2"}},
  };
  return *rules;
}

const RuleInfo& RuleOf(absl::string_view name) {
  const absl::Span<const RuleInfo> rules = AllRules();
  const auto found =
      std::find_if(rules.begin(), rules.end(),
                   [name](const RuleInfo& one) { return one.name == name; });
  return found == rules.end() ? rules.front() : *found;
}

}  // namespace panvault::segmentation
