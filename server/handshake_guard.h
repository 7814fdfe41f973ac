// HandshakeGuard: whether a connection may be made, before any call.
//
// Every call is decided again (call_guard.h). Refusing here as well keeps
// strangers from whatever gRPC does between a handshake and a call: HTTP/2,
// header compression, flow control.

#ifndef PANVAULT_SERVER_HANDSHAKE_GUARD_H_
#define PANVAULT_SERVER_HANDSHAKE_GUARD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/access_policy.h"
#include "server/json_log.h"
#include "server/svid_verifier.h"

namespace panvault::server {

// Thread-safe.
class HandshakeGuard final {
 public:
  // All are borrowed. With `answer_unknown_callers`, an identity that is good
  // but on no list may connect, to be refused call by call.
  HandshakeGuard(SvidVerifier& svids, const AccessPolicyHolder& access,
                 JsonLog& log, bool answer_unknown_callers)
      : svids_(svids),
        access_(access),
        log_(log),
        answer_unknown_callers_(answer_unknown_callers) {}

  // OK, or why not: SVID_INVALID, SVID_EXPIRED, CALLER_UNKNOWN.
  absl::Status Decide(absl::string_view leaf_pem, absl::string_view chain_pem,
                      absl::Time now);

  // As Decide. A refusal is a line of the log, "connection_refused", with the
  // identity if there is one.
  absl::Status Check(absl::string_view leaf_pem, absl::string_view chain_pem,
                     absl::Time now);

 private:
  // Fills `caller` as far as it is known.
  absl::Status Decide(absl::string_view leaf_pem, absl::string_view chain_pem,
                      absl::Time now, std::string& caller);

  SvidVerifier& svids_;
  const AccessPolicyHolder& access_;
  JsonLog& log_;
  const bool answer_unknown_callers_;
};

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_HANDSHAKE_GUARD_H_
