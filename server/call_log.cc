#include "server/call_log.h"

#include "nlohmann/json.hpp"
#include "server/status.h"
#include "vault/errors.h"

namespace panvault::server {
namespace {

// 7.3.3: access is denied unless granted; 10.2.1.4: refused attempts are
// logged.
constexpr const char* kRefusalPci[] = {"7.3.3", "10.2.1.4"};

bool IsRefusal(absl::StatusCode code) {
  return code == absl::StatusCode::kPermissionDenied ||
         code == absl::StatusCode::kUnauthenticated;
}

// gRPC's own ends say all there is in their code.
bool HasReason(absl::StatusCode code) {
  return code != absl::StatusCode::kOk &&
         code != absl::StatusCode::kCancelled &&
         code != absl::StatusCode::kDeadlineExceeded;
}

std::string Text(absl::string_view text) { return std::string(text); }

}  // namespace

absl::Status WriteCall(const CallRecord& record, const absl::Status& status,
                       JsonLog& log) {
  const absl::StatusCode code = AnsweredCode(status);
  nlohmann::ordered_json line;
  line["caller"] = Text(record.caller);
  if (!record.flow.empty()) line["flow"] = Text(record.flow);
  line["method"] = Text(RowOf(record.rpc).name);
  if (!record.profile.empty()) line["profile"] = Text(record.profile);
  line["peer"] = Text(record.peer);
  line["code"] = absl::StatusCodeToString(code);
  if (HasReason(code)) {
    line["reason"] = Text(vault::NameOf(vault::FactsOf(status).reason));
  }
  if (record.items != 0) {
    line["items"] = record.items;
    line["items_refused"] = record.items_refused;
  }
  line["duration_us"] = absl::ToInt64Microseconds(record.duration);
  auto& pci = line["pci"] = nlohmann::ordered_json::array();
  if (IsRefusal(code)) {
    for (const char* id : kRefusalPci) pci.push_back(id);
  } else {
    for (const std::string& id : record.pci) pci.push_back(id);
  }
  return log.Write("call", line);
}

}  // namespace panvault::server
