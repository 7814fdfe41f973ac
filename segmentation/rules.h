// The rules that a finding can be about, with the requirements of PCI DSS
// v4.0.1 that each bears on. Requirement numbers only; the words are ours.

#ifndef PANVAULT_SEGMENTATION_RULES_H_
#define PANVAULT_SEGMENTATION_RULES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::segmentation {

struct RuleInfo {
  absl::string_view name;
  absl::string_view title;
  std::vector<std::string> pci;
};

inline constexpr char kLeakIngress[] = "leak-ingress";
inline constexpr char kLeakEgress[] = "leak-egress";
inline constexpr char kBlocked[] = "blocked-flow";
inline constexpr char kUnreadable[] = "unreadable-input";
inline constexpr char kForeign[] = "foreign-policy";
inline constexpr char kHostNetwork[] = "host-network";
inline constexpr char kSecondNetwork[] = "second-network";
inline constexpr char kNoServer[] = "no-server-pods";
inline constexpr char kTooComplex[] = "too-complex";
inline constexpr char kPolicyTypes[] = "implicit-policy-types";
inline constexpr char kOverdue[] = "review-overdue";
inline constexpr char kOverlap[] = "overlapping-callers";
inline constexpr char kSharedPeer[] = "shared-peer";
inline constexpr char kAllowlist[] = "allowlist-mismatch";
inline constexpr char kUntied[] = "untied-labels";
inline constexpr char kWrongAccount[] = "wrong-service-account";
inline constexpr char kBlockOverPods[] = "block-over-pods";
inline constexpr char kRbac[] = "rbac-reach";
inline constexpr char kSecretEnv[] = "secret-in-environment";
inline constexpr char kSecretElsewhere[] = "secret-elsewhere";
inline constexpr char kPodSecurity[] = "pod-security";
inline constexpr char kStorage[] = "storage-encryption";

// All of them. Thread-safe, as below.
absl::Span<const RuleInfo> AllRules();

// `name` is one of the above.
const RuleInfo& RuleOf(absl::string_view name);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_RULES_H_
