// What this shows: every rule is listed once, with requirements that exist, and
// every rule that is found is listed.

#include "segmentation/rules.h"

#include <set>
#include <string>

#include "gtest/gtest.h"
#include "segmentation/flow_words.h"

namespace panvault::segmentation {
namespace {

// The requirements of PCI DSS v4.0.1 that this product bears on, as checked
// against the standard's numbering: 1.3.4 and the like are of older versions.
const std::set<std::string>& Requirements() {
  static const auto* const known = new std::set<std::string>{
      "1.2.1", "1.2.5",   "1.2.7", "1.2.8", "1.3.1", "1.3.2", "1.4.2", "2.2.4",
      "2.2.6", "3.5.1.2", "3.6.1", "3.7.6", "7.2.1", "7.2.5", "8.6.1", "8.6.2"};
  return *known;
}

TEST(RulesTest, EachIsListedOnceWithRequirements) {
  std::set<std::string> names;
  for (const RuleInfo& rule : AllRules()) {
    EXPECT_TRUE(names.insert(std::string(rule.name)).second) << rule.name;
    EXPECT_FALSE(rule.title.empty());
    EXPECT_FALSE(rule.pci.empty()) << rule.name;
    for (const std::string& one : rule.pci) {
      EXPECT_TRUE(IsRequirement(one)) << one;
      EXPECT_EQ(Requirements().count(one), 1U) << one;
    }
    EXPECT_EQ(&RuleOf(rule.name), &rule);
  }
  EXPECT_EQ(names.size(), 22U);
}

TEST(RulesTest, ConstantsAreListed) {
  for (const char* const name :
       {kLeakIngress,   kLeakEgress,     kBlocked,      kUnreadable,
        kForeign,       kHostNetwork,    kNoServer,     kTooComplex,
        kPolicyTypes,   kOverdue,        kOverlap,      kSharedPeer,
        kAllowlist,     kUntied,         kWrongAccount, kBlockOverPods,
        kRbac,          kSecretEnv,      kPodSecurity,  kStorage,
        kSecondNetwork, kSecretElsewhere}) {
    EXPECT_EQ(RuleOf(name).name, name);
  }
}

}  // namespace
}  // namespace panvault::segmentation
