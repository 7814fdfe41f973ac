#include "vault/keyset_cache.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include "crypto/random.h"
#include "crypto/secret_bytes.h"
#include "vault/errors.h"
#include "vault/key_wrap.h"

namespace panvault::vault {
namespace {

// Answers remembered at a time. Past it all are forgotten: a caller that asks
// for names at random costs memory for this many, and then queries.
constexpr size_t kAnswersMax = 1024;

absl::Status ProfileUnknown() {
  return MakeError({Reason::kProfileUnknown, "profile", ""},
                   "no profile has this name");
}

absl::Status NotReady() {
  return MakeError({Reason::kNotReady, "", ""}, "keys are not loaded yet");
}

bool IsReason(const absl::Status& status, Reason reason) {
  return !status.ok() && FactsOf(status).reason == reason;
}

// A profile with key version 1, wrapped.
absl::StatusOr<StoredKeyset> NewStoredKeyset(const TokenProfileSpec& spec,
                                             const KekProvider& kek) {
  absl::StatusOr<TokenProfile> profile = NewTokenProfile(spec, absl::Now());
  if (!profile.ok()) return profile.status();
  const absl::StatusOr<crypto::SecretBytes> dek =
      crypto::RandomSecret(kDekBytes);
  if (!dek.ok()) return dek.status();

  StoredKeyVersion first;
  first.info.version = 1;
  first.info.slot = 1;
  first.info.state = KeyState::kEnabled;
  first.info.primary = true;
  first.info.kek_id = kek.kek_id();
  first.info.create_time = profile->create_time;
  absl::StatusOr<std::vector<uint8_t>> wrapped =
      kek.Wrap(*dek, DekAad({.profile_id = profile->id,
                             .version = first.info.version,
                             .kek_id = first.info.kek_id}));
  if (!wrapped.ok()) return wrapped.status();
  first.wrapped_dek = *std::move(wrapped);
  return StoredKeyset{*std::move(profile), {std::move(first)}};
}

}  // namespace

absl::Time KeysetCache::MonotonicNow() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return absl::UnixEpoch() + absl::FromChrono(now);
}

KeysetCache::KeysetCache(KeysetStore& store, const KekProvider& kek,
                         Options options)
    : store_(store), kek_(kek), options_(std::move(options)) {}

absl::Status KeysetCache::Refresh() {
  const std::lock_guard<std::mutex> loading(load_mutex_);
  // Before the store is read: what it says may be this old when it arrives.
  const absl::Time time = options_.now();
  const absl::StatusOr<std::vector<StoredKeyset>> stored = store_.LoadAll();
  if (!stored.ok()) return stored.status();

  const std::shared_ptr<const Snapshot> previous = snapshot();
  auto next = std::make_shared<Snapshot>();
  for (const StoredKeyset& keyset : *stored) {
    next->insert_or_assign(keyset.profile.name, Unwrap(keyset, previous.get()));
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_ = std::move(next);
  loaded_at_ = time;
  return absl::OkStatus();
}

bool KeysetCache::ready() const { return snapshot() != nullptr; }

std::optional<absl::Duration> KeysetCache::age() const {
  const absl::Time now = options_.now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ == nullptr) return std::nullopt;
  return now - loaded_at_;
}

absl::StatusOr<std::shared_ptr<const Keyset>> KeysetCache::Find(
    absl::string_view profile_name) const {
  const absl::StatusOr<std::shared_ptr<const Snapshot>> fresh = Fresh();
  if (!fresh.ok()) return fresh.status();
  const auto found = (*fresh)->find(profile_name);
  if (found == (*fresh)->end()) return ProfileUnknown();
  return found->second;
}

absl::StatusOr<std::shared_ptr<const Keyset>> KeysetCache::FindOrLoad(
    absl::string_view profile_name, bool reload) {
  const auto found = Find(profile_name);
  const bool unknown = IsReason(found.status(), Reason::kProfileUnknown);
  const bool corrupt = IsReason(found.status(), Reason::kKeyCorrupt);
  const bool again = reload && (found.ok() || corrupt);
  if (!unknown && !again) return found;
  // No profile can have such a name: not worth a query.
  if (!CheckProfileName(profile_name).ok()) return found;

  std::optional<absl::Status> recent = RecentAnswer(profile_name);
  if (!recent.has_value()) {
    const std::lock_guard<std::mutex> loading(load_mutex_);
    // Another caller may have asked while this one waited.
    recent = RecentAnswer(profile_name);
    if (!recent.has_value()) recent = AskStore(profile_name);
  }
  // A name that was unknown a moment ago may have been made since.
  const bool answered =
      recent->ok() || IsReason(*recent, Reason::kProfileUnknown);
  return answered ? Find(profile_name) : *recent;
}

absl::Status KeysetCache::AskStore(absl::string_view profile_name) {
  const absl::StatusOr<StoredKeyset> stored = store_.Load(profile_name);
  if (stored.ok()) {
    const Entry entry = Unwrap(*stored, snapshot().get());
    Replace(profile_name, &entry);
  } else if (IsReason(stored.status(), Reason::kProfileUnknown)) {
    Replace(profile_name, nullptr);
  }
  // Last: whoever sees the answer does not wait for load_mutex_, and looks.
  Remember(profile_name, stored.status());
  return stored.status();
}

absl::StatusOr<std::shared_ptr<const Keyset>> KeysetCache::CreateProfile(
    const TokenProfileSpec& spec) {
  if (!ready()) return NotReady();
  const absl::StatusOr<StoredKeyset> stored = NewStoredKeyset(spec, kek_);
  if (!stored.ok()) return stored.status();

  // Before it is stored: a profile whose key does not open must not be.
  const Entry entry = Unwrap(*stored, nullptr);
  if (!entry.ok()) return entry.status();
  absl::StatusOr<const VersionKeys*> opened = (*entry)->Primary();
  if (!opened.ok()) return opened.status();

  const std::lock_guard<std::mutex> loading(load_mutex_);
  const absl::Status created = store_.Create(*stored);
  if (!created.ok()) return created;
  Replace(stored->profile.name, &entry);
  return entry;
}

absl::StatusOr<std::vector<std::shared_ptr<const Keyset>>> KeysetCache::All()
    const {
  const absl::StatusOr<std::shared_ptr<const Snapshot>> fresh = Fresh();
  if (!fresh.ok()) return fresh.status();
  std::vector<std::shared_ptr<const Keyset>> all;
  for (const auto& [name, entry] : **fresh) {
    if (entry.ok()) all.push_back(*entry);
  }
  return all;
}

absl::StatusOr<std::shared_ptr<const KeysetCache::Snapshot>>
KeysetCache::Fresh() const {
  const absl::Time now = options_.now();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (snapshot_ == nullptr) return NotReady();
  if (now - loaded_at_ > options_.max_staleness) {
    return MakeError(
        {Reason::kKeysStale, "", absl::FormatDuration(options_.max_staleness)},
        "the keys in memory are too old; the store has not answered since");
  }
  return snapshot_;
}

std::shared_ptr<const KeysetCache::Snapshot> KeysetCache::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

std::optional<absl::Status> KeysetCache::RecentAnswer(
    absl::string_view name) const {
  const absl::Time now = options_.now();
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = answers_.find(name);
  if (found == answers_.end()) return std::nullopt;
  if (now - found->second.time >= options_.unknown_ttl) return std::nullopt;
  return found->second.status;
}

void KeysetCache::Remember(absl::string_view name, const absl::Status& status) {
  const Answer answer{options_.now(), status};
  const std::lock_guard<std::mutex> lock(mutex_);
  if (answers_.size() >= kAnswersMax) answers_.clear();
  answers_.insert_or_assign(std::string(name), answer);
}

KeysetCache::Entry KeysetCache::Unwrap(const StoredKeyset& stored,
                                       const Snapshot* previous) const {
  const Keyset* known = nullptr;
  if (previous != nullptr) {
    const auto found = previous->find(stored.profile.name);
    if (found != previous->end() && found->second.ok()) {
      known = found->second->get();
    }
  }
  return Keyset::Unwrap(stored, kek_, known);
}

void KeysetCache::Replace(absl::string_view name, const Entry* entry) {
  const std::shared_ptr<const Snapshot> previous = snapshot();
  auto next = std::make_shared<Snapshot>(*previous);
  const auto old = next->find(name);
  if (old != next->end()) next->erase(old);
  if (entry != nullptr) next->emplace(std::string(name), *entry);
  const std::lock_guard<std::mutex> lock(mutex_);
  snapshot_ = std::move(next);
}

}  // namespace panvault::vault
