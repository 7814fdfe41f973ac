// CallGuard: whether a call may go on. Every call is decided anew, by one
// snapshot of the access policy, in this order:
//
//   1. the connection's identity     UNAUTHENTICATED     SVID_INVALID, _EXPIRED
//   2. it is on the allowlist        PERMISSION_DENIED   CALLER_UNKNOWN
//   3. the profile's name, if any    INVALID_ARGUMENT    PROFILE_NAME
//   4. method and profile granted    PERMISSION_DENIED   NOT_GRANTED
//   5. a reveal level was given      INVALID_ARGUMENT    REVEAL_LEVEL
//   6. the reveal level is granted   PERMISSION_DENIED   NOT_GRANTED
//
// So that who is not on the allowlist learns nothing but that.

#ifndef PANVAULT_SERVER_CALL_GUARD_H_
#define PANVAULT_SERVER_CALL_GUARD_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/access_policy.h"
#include "server/svid_check.h"

namespace panvault::server {

// How far a call has got; for its record also when it is refused.
struct Admission {
  std::shared_ptr<const PeerSvid> svid;  // Set from step 1 on.
  const Caller* caller = nullptr;  // From step 2 on; as long as the policy.
  bool profile_granted = false;    // From step 4 on.
};

// Fills `admission` as far as it gets, and returns why it stops there. `svid`
// is what PeerIdentity said. Thread-safe, as all here.
absl::Status Admit(const absl::StatusOr<std::shared_ptr<const PeerSvid>>& svid,
                   const AccessPolicy& policy, const AccessQuestion& question,
                   Admission& admission);

// Steps 1 and 2 alone, for a call that asks nothing that can be understood.
absl::Status AdmitCaller(
    const absl::StatusOr<std::shared_ptr<const PeerSvid>>& svid,
    const AccessPolicy& policy, Admission& admission);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CALL_GUARD_H_
