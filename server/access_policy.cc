#include "server/access_policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "server/access_rules.h"
#include "server/yaml_proto.h"
#include "vault/read_file.h"

namespace panvault::server {

Caller::Caller(const v1::Caller& caller)
    : name_(caller.name()),
      pci_(caller.pci().begin(), caller.pci().end()),
      review_by_(
          ParseReviewDay(caller.review_by()).value_or(absl::CivilDay())) {
  for (const v1::Grant& grant : caller.grants()) {
    for (const std::string& method : grant.methods()) {
      const std::optional<Rpc> rpc = RpcNamed(method);
      if (rpc.has_value() && RowOf(*rpc).scope == RpcScope::kServer) {
        rpcs_without_profile_.set(static_cast<size_t>(*rpc));
      }
    }
    for (const std::string& profile : grant.profiles()) {
      ProfileGrants& grants = profiles_[profile];
      for (const std::string& method : grant.methods()) {
        const std::optional<Rpc> rpc = RpcNamed(method);
        if (!rpc.has_value()) continue;
        const auto i = static_cast<size_t>(*rpc);
        grants.rpcs.set(i);
        rpcs_without_profile_.set(i);
        if (!RowOf(*rpc).needs_reveal) continue;
        // v1::RevealLevel and vault::Reveal share their numbers.
        grants.reveal[i] =
            std::max(grants.reveal[i], static_cast<uint8_t>(grant.reveal()));
      }
    }
  }
}

bool Caller::MayCall(const AccessQuestion& question) const {
  const RpcRow& row = RowOf(question.rpc);
  const auto i = static_cast<size_t>(question.rpc);
  if (row.scope != RpcScope::kOneProfile && question.profile.empty()) {
    return rpcs_without_profile_.test(i);
  }
  const auto grants = profiles_.find(question.profile);
  if (grants == profiles_.end() || !grants->second.rpcs.test(i)) return false;
  if (!row.needs_reveal) return true;
  return question.reveal.has_value() &&
         static_cast<uint8_t>(*question.reveal) <= grants->second.reveal[i];
}

absl::StatusOr<std::shared_ptr<const AccessPolicy>> AccessPolicy::Load(
    const std::string& path) {
  const absl::StatusOr<std::string> text = vault::ReadFile(path);
  if (!text.ok()) return text.status();
  return Parse(path, *text);
}

absl::StatusOr<std::shared_ptr<const AccessPolicy>> AccessPolicy::Parse(
    absl::string_view file, absl::string_view text) {
  v1::AccessPolicy message;
  const absl::Status read = ReadYaml(file, text, message);
  if (!read.ok()) return read;
  const absl::Status checked = CheckAccessRules(file, message);
  if (!checked.ok()) return checked;

  std::shared_ptr<AccessPolicy> policy(new AccessPolicy());
  for (const v1::Caller& caller : message.callers()) {
    policy->callers_.emplace(caller.spiffe_id(),
                             std::make_unique<const Caller>(caller));
  }
  return policy;
}

const Caller* AccessPolicy::Find(const SpiffeId& id) const {
  const auto found = callers_.find(id.text());
  return found == callers_.end() ? nullptr : found->second.get();
}

std::vector<std::string> AccessPolicy::OverdueOn(absl::CivilDay today) const {
  std::set<std::string> names;
  for (const auto& [id, caller] : callers_) {
    if (caller->review_by() < today) names.insert(caller->name());
  }
  return {names.begin(), names.end()};
}

std::shared_ptr<const AccessPolicy> AccessPolicyHolder::Get() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return policy_;
}

void AccessPolicyHolder::Swap(std::shared_ptr<const AccessPolicy> policy) {
  // The old policy is freed after the lock is.
  const std::lock_guard<std::mutex> lock(mutex_);
  policy_.swap(policy);
}

}  // namespace panvault::server
