#include "vault/postgres/conninfo.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace panvault::vault::postgres {
namespace {

constexpr int64_t kConnectTimeoutSecondsMin = 2;  // libpq's.

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

bool IsPositive(const std::string& text) {
  int64_t value = 0;
  return absl::SimpleAtoi(text, &value) && value > 0;
}

}  // namespace

absl::StatusOr<std::string> CompleteConninfo(const std::string& conninfo,
                                             absl::Duration connect_timeout) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(conninfo.c_str(), &message));
  PQfreemem(message);  // Not passed on: it quotes what it could not read.
  if (options == nullptr || conninfo.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        "the PostgreSQL connection string is malformed");
  }
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = options.get();
       option->keyword != nullptr; ++option) {
    if (option->val != nullptr) values[option->keyword] = option->val;
  }
  const int64_t seconds = std::max(
      kConnectTimeoutSecondsMin,
      absl::ToInt64Seconds(absl::Ceil(connect_timeout, absl::Seconds(1))));
  std::string& timeout = values["connect_timeout"];
  if (!IsPositive(timeout)) timeout = absl::StrCat(seconds);
  values.emplace("target_session_attrs", "read-write");
  values.emplace("fallback_application_name", "panvault");

  std::string complete;
  for (const auto& [keyword, value] : values) {
    absl::StrAppend(&complete, complete.empty() ? "" : " ", keyword, "='",
                    absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}),
                    "'");
  }
  return complete;
}

}  // namespace panvault::vault::postgres
