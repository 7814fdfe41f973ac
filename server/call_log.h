// The record of one call: who asked for what, under which flow, how it ended,
// and which PCI DSS requirements it serves (10.2.2).
//
// A fixed set of fields, none of which can hold a PAN, a token, a context or a
// reference: the profile appears only once the caller's grants have named it.

#ifndef PANVAULT_SERVER_CALL_LOG_H_
#define PANVAULT_SERVER_CALL_LOG_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/json_log.h"
#include "server/rpc_table.h"

namespace panvault::server {

// Everything is borrowed for the length of the call of WriteCall.
struct CallRecord {
  std::optional<Rpc> rpc;     // None: it named no method of ours.
  absl::string_view caller;   // SPIFFE ID; empty if there is no usable one.
  absl::string_view flow;     // Empty if the caller is on no allowlist.
  absl::string_view profile;  // Empty unless the caller is granted it.
  absl::string_view peer;     // "ipv4:127.0.0.1:50412"
  absl::Span<const std::string> pci;  // Of the flow.
  absl::Duration duration;
  size_t items = 0;  // Of a batch.
  size_t items_refused = 0;
};

// Whether a call that was answered with `code` has a reason: gRPC's own ends
// say all there is in their code.
bool HasReason(absl::StatusCode code);

// Writes one line with event "call" and how it ended: the code that the caller
// sees for `status` and its reason, but not its message. A refused identity or
// grant carries the requirements that refusing serves. kUnavailable if it could
// not be written. Thread-safe.
absl::Status WriteCall(const CallRecord& record, const absl::Status& status,
                       JsonLog& log);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_CALL_LOG_H_
