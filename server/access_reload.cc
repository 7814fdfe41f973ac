#include "server/access_reload.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "vault/read_file.h"

namespace panvault::server {

absl::Status AccessReload::Poll(absl::Time now) {
  absl::Status status = Reload(now);
  if (!status.ok()) alarm_.Failed(now, status);
  return status;
}

absl::Status AccessReload::Reload(absl::Time now) {
  absl::StatusOr<std::string> text = vault::ReadFile(path_);
  if (!text.ok()) return text.status();
  if (in_force_.has_value() && *text == *in_force_) {
    alarm_.Unchanged(now);
    return absl::OkStatus();
  }
  // The head of a list that is being written can be a good, shorter list.
  const absl::StatusOr<std::string> again = vault::ReadFile(path_);
  if (!again.ok()) return again.status();
  if (*again != *text) {
    return absl::AbortedError(absl::StrCat(path_, " keeps changing"));
  }
  absl::StatusOr<std::shared_ptr<const AccessPolicy>> policy =
      AccessPolicy::Parse(path_, *text);
  if (!policy.ok()) return policy.status();
  const size_t callers = (*policy)->caller_count();
  if (callers == 0 && !absl::StrContains(*text, "callers")) {
    // Emptied by accident, it would lock out everyone.
    return absl::FailedPreconditionError(absl::StrCat(
        path_, ": no list; \"callers: []\" is the one that denies everything"));
  }
  access_.Swap(*std::move(policy));
  in_force_ = *std::move(text);
  alarm_.Loaded(now, {{"callers", callers}});
  if (on_change_) on_change_();
  return absl::OkStatus();
}

}  // namespace panvault::server
