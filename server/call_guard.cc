#include "server/call_guard.h"

#include "vault/errors.h"
#include "vault/token_profile.h"

namespace panvault::server {
namespace {

absl::Status NotGranted(absl::string_view what) {
  return vault::MakeError({.reason = vault::Reason::kNotGranted}, what);
}

}  // namespace

absl::Status AdmitCaller(
    const absl::StatusOr<std::shared_ptr<const PeerSvid>>& svid,
    const AccessPolicy& policy, Admission& admission) {
  if (!svid.ok()) return svid.status();
  admission.svid = *svid;

  admission.caller = policy.Find((*svid)->id);
  if (admission.caller == nullptr) {
    return vault::MakeError({.reason = vault::Reason::kCallerUnknown},
                            "this SPIFFE ID is not on the allowlist");
  }
  return absl::OkStatus();
}

absl::Status Admit(const absl::StatusOr<std::shared_ptr<const PeerSvid>>& svid,
                   const AccessPolicy& policy, const AccessQuestion& question,
                   Admission& admission) {
  const absl::Status known = AdmitCaller(svid, policy, admission);
  if (!known.ok()) return known;

  const RpcRow& row = RowOf(question.rpc);
  if (row.scope == RpcScope::kOneProfile) {
    const absl::Status name = vault::CheckProfileName(question.profile);
    if (!name.ok()) return name;
  }

  // The least that the method can ask for: is it granted at all?
  AccessQuestion least = question;
  if (row.needs_reveal) least.reveal = vault::Reveal::kLast4;
  if (!admission.caller->MayCall(least)) {
    return NotGranted(
        row.scope == RpcScope::kOneProfile
            ? "the caller is not granted this method on this profile"
            : "the caller is not granted this method");
  }
  admission.profile_granted = true;
  if (!row.needs_reveal) return absl::OkStatus();

  if (!question.reveal.has_value()) {
    return vault::MakeError({.reason = vault::Reason::kRevealLevel,
                             .field = "reveal",
                             .limit = "LAST4, BIN_LAST4 or FULL"},
                            "a reveal level has to be given");
  }
  if (!admission.caller->MayCall(question)) {
    return NotGranted("the caller is not granted this reveal level");
  }
  return absl::OkStatus();
}

}  // namespace panvault::server
