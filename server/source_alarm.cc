#include "server/source_alarm.h"

#include "absl/strings/str_cat.h"

namespace panvault::server {

using Json = nlohmann::ordered_json;

// A log that is broken is found out, and acted upon, by the next call: lines
// here are best effort.

void SourceAlarm::Loaded(absl::Time now, const Json& fields) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++numbers_.loads;
  numbers_.failing = false;
  numbers_.loaded_at = now;
  reason_.clear();
  log_.Write(absl::StrCat(name_, "_loaded"), fields).IgnoreError();
}

void SourceAlarm::Unchanged(absl::Time /*now*/) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!numbers_.failing) return;
  numbers_.failing = false;
  reason_.clear();
  log_.Write(absl::StrCat(name_, "_reload_recovered"), {}).IgnoreError();
}

void SourceAlarm::Failed(absl::Time now, const absl::Status& reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++numbers_.failures;
  const std::string text(reason.message());
  const bool known = numbers_.failing && text == reason_;
  numbers_.failing = true;
  reason_ = text;
  if (!known || now >= logged_at_ + kAlarmRepeat) LogFailure(now);
}

void SourceAlarm::Tick(absl::Time now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (numbers_.failing && now >= logged_at_ + kAlarmRepeat) LogFailure(now);
}

SourceNumbers SourceAlarm::numbers() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return numbers_;
}

void SourceAlarm::LogFailure(absl::Time now) {
  logged_at_ = now;
  Json fields = {{"reason", reason_}};
  if (numbers_.loads > 0) {
    fields["kept_age_s"] = absl::ToInt64Seconds(now - numbers_.loaded_at);
  }
  log_.Write(absl::StrCat(name_, "_reload_failed"), fields).IgnoreError();
}

}  // namespace panvault::server
