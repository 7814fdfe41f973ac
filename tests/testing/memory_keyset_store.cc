#include "tests/testing/memory_keyset_store.h"

#include <algorithm>
#include <utility>

#include "vault/errors.h"

namespace panvault::testing {
namespace {

vault::StoredKeyset Ascending(vault::StoredKeyset keyset) {
  std::sort(keyset.versions.begin(), keyset.versions.end(),
            [](const auto& a, const auto& b) {
              return a.info.version < b.info.version;
            });
  return keyset;
}

}  // namespace

absl::Status MemoryKeysetStore::Enter(int MemoryKeysetStore::*counter) {
  std::function<void()> hook;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++(this->*counter);
    hook = hook_;
  }
  if (hook) hook();
  const std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

absl::StatusOr<std::vector<vault::StoredKeyset>> MemoryKeysetStore::LoadAll() {
  const absl::Status entered = Enter(&MemoryKeysetStore::load_all_calls_);
  if (!entered.ok()) return entered;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<vault::StoredKeyset> all;
  for (const auto& [name, keyset] : rows_) all.push_back(keyset);
  return all;
}

absl::StatusOr<vault::StoredKeyset> MemoryKeysetStore::Load(
    absl::string_view profile_name) {
  const absl::Status entered = Enter(&MemoryKeysetStore::load_calls_);
  if (!entered.ok()) return entered;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(std::string(profile_name));
  if (found == rows_.end()) {
    return vault::MakeError({vault::Reason::kProfileUnknown, "profile", ""},
                            "no profile has this name");
  }
  return found->second;
}

absl::Status MemoryKeysetStore::Create(const vault::StoredKeyset& keyset) {
  const absl::Status entered = Enter(&MemoryKeysetStore::create_calls_);
  if (!entered.ok()) return entered;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!rows_.emplace(keyset.profile.name, Ascending(keyset)).second) {
    return vault::MakeError({vault::Reason::kProfileExists, "profile.name", ""},
                            "a profile has this name; it was not changed");
  }
  return absl::OkStatus();
}

void MemoryKeysetStore::Put(const vault::StoredKeyset& keyset) {
  const std::lock_guard<std::mutex> lock(mutex_);
  rows_[keyset.profile.name] = keyset;
}

void MemoryKeysetStore::Erase(absl::string_view profile_name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  rows_.erase(std::string(profile_name));
}

void MemoryKeysetStore::FailWith(absl::Status status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  failure_ = std::move(status);
}

void MemoryKeysetStore::SetHook(std::function<void()> hook) {
  const std::lock_guard<std::mutex> lock(mutex_);
  hook_ = std::move(hook);
}

int MemoryKeysetStore::load_all_calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return load_all_calls_;
}

int MemoryKeysetStore::load_calls() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return load_calls_;
}

}  // namespace panvault::testing
