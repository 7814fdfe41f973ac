#include "server/call_log.h"

#include <array>
#include <cstdint>
#include <utility>

#include "absl/time/clock.h"
#include "server/json_line.h"
#include "server/status.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

// 7.3.3: access is denied unless granted; 10.2.1.4: refused attempts are
// logged.
absl::Span<const std::string> RefusalPci() {
  static const auto* const ids =
      new std::array<std::string, 2>{"7.3.3", "10.2.1.4"};
  return *ids;
}

bool IsRefusal(absl::StatusCode code) {
  return code == absl::StatusCode::kPermissionDenied ||
         code == absl::StatusCode::kUnauthenticated;
}

}  // namespace

bool HasReason(absl::StatusCode code) {
  return code != absl::StatusCode::kOk &&
         code != absl::StatusCode::kCancelled &&
         code != absl::StatusCode::kDeadlineExceeded;
}

absl::Status WriteCall(const CallRecord& record, const absl::Status& status,
                       JsonLog& log) {
  const absl::StatusCode code = AnsweredCode(status);
  JsonLine line("call", absl::Now());
  line.Add("caller", record.caller);
  if (!record.flow.empty()) line.Add("flow", record.flow);
  // The name that it gave may be anything, a card number included.
  line.Add("method", record.rpc.has_value() ? RowOf(*record.rpc).name
                                            : absl::string_view("unknown"));
  if (!record.profile.empty()) line.Add("profile", record.profile);
  line.Add("peer", record.peer);
  line.Add("code", absl::StatusCodeToString(code));
  if (HasReason(code)) {
    line.Add("reason", vault::NameOf(vault::FactsOf(status).reason));
  }
  if (record.items != 0) {
    line.Add("items", static_cast<int64_t>(record.items));
    line.Add("items_refused", static_cast<int64_t>(record.items_refused));
  }
  line.Add("duration_us", absl::ToInt64Microseconds(record.duration));
  line.Add("pci", IsRefusal(code) ? RefusalPci() : record.pci);
  return log.Write(std::move(line));
}

}  // namespace panvault::server
