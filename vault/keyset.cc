#include "vault/keyset.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "vault/errors.h"
#include "vault/key_derivation.h"
#include "vault/key_wrap.h"

namespace panvault::vault {
namespace {

constexpr uint32_t kRadix = 10;

bool IsLive(const KeyVersionInfo& info) {
  return info.state != KeyState::kDestroyed;
}

absl::Status Corrupt(const TokenProfile& profile, absl::string_view what) {
  return MakeError({Reason::kKeyCorrupt, "profile", ""},
                   absl::StrCat("profile ", profile.name, ": ", what));
}

absl::Status CorruptVersion(const TokenProfile& profile, uint32_t version,
                            absl::string_view what) {
  return Corrupt(profile, absl::StrCat("key version ", version, " ", what));
}

// Numbers of a later panvault: to read its tokens as if they were ours would
// give wrong cards.
bool IsKnown(const TokenProfile& profile) {
  return profile.scheme == TokenScheme::kFf1 &&
         profile.kept >= KeptDigits::kNone &&
         profile.kept <= KeptDigits::kBin8Last4;
}
bool IsKnown(KeyState state) {
  return state >= KeyState::kEnabled && state <= KeyState::kDestroyed;
}

// The rows of one profile must not contradict each other: which of them to
// believe is not for this process to guess.
absl::Status CheckRows(const StoredKeyset& stored) {
  if (!IsKnown(stored.profile)) {
    return Corrupt(stored.profile,
                   "is of a kind that this server is too old "
                   "for, or its row is damaged");
  }
  std::array<bool, kKeySlots + 1> taken = {};
  uint32_t previous = 0;
  unsigned primaries = 0;
  for (const StoredKeyVersion& row : stored.versions) {
    const KeyVersionInfo& info = row.info;
    if (info.version <= previous) {
      return CorruptVersion(stored.profile, info.version, "is repeated");
    }
    previous = info.version;
    if (info.slot < 1 || info.slot > kKeySlots) {
      return CorruptVersion(stored.profile, info.version, "has no valid slot");
    }
    if (!IsKnown(info.state)) {
      return CorruptVersion(stored.profile, info.version,
                            "has no state that this server knows");
    }
    if (info.primary && info.state != KeyState::kEnabled) {
      return CorruptVersion(stored.profile, info.version,
                            "is primary but not enabled");
    }
    primaries += info.primary ? 1 : 0;
    if (IsLive(info) && std::exchange(taken[info.slot], true)) {
      return CorruptVersion(stored.profile, info.version,
                            "has the slot of another live version");
    }
  }
  if (primaries > 1) {
    return Corrupt(stored.profile, "has more than one primary key version");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const VersionKeys>> UnwrapKeys(
    const TokenProfile& profile, const StoredKeyVersion& row,
    const KekProvider& kek) {
  const KeyVersionInfo& info = row.info;
  if (info.kek_id != kek.kek_id()) {
    // Callers see this text: which KEKs there are is the operators' to know,
    // who find the id beside the key version.
    return CorruptVersion(profile, info.version,
                          "is wrapped by a KEK other than this server's");
  }
  const absl::StatusOr<crypto::SecretBytes> dek =
      kek.Unwrap(row.wrapped_dek, DekAad({.profile_id = profile.id,
                                          .version = info.version,
                                          .kek_id = info.kek_id}));
  if (!dek.ok()) {
    if (FactsOf(dek.status()).reason != Reason::kKeyCorrupt) {
      return dek.status();
    }
    return CorruptVersion(profile, info.version, dek.status().message());
  }
  if (dek->size() != kDekBytes) {
    return CorruptVersion(profile, info.version, "has a key of a wrong size");
  }
  absl::StatusOr<DerivedKeys> derived = DeriveKeys(*dek);
  if (!derived.ok()) return derived.status();
  absl::StatusOr<crypto::Ff1> ff1 = crypto::Ff1::Create(derived->ff1, kRadix);
  if (!ff1.ok()) return ff1.status();
  return std::make_shared<const VersionKeys>(VersionKeys{
      info.version, info.slot, *std::move(ff1), std::move(derived->tweak)});
}

}  // namespace

struct Keyset::Entry {
  KeyState state = KeyState::kDestroyed;
  std::vector<uint8_t> wrapped_dek;
  // Either the keys, or why there are none.
  std::shared_ptr<const VersionKeys> keys;
  absl::Status failure;
};

Keyset::Keyset() { by_slot_.fill(kNoEntry); }
Keyset::~Keyset() = default;

std::shared_ptr<const VersionKeys> Keyset::Unchanged(
    const TokenProfile& profile, const StoredKeyVersion& row) const {
  if (profile.id != profile_.id) return nullptr;
  for (size_t i = 0; i < infos_.size(); ++i) {
    if (infos_[i].version == row.info.version &&
        infos_[i].slot == row.info.slot &&
        infos_[i].kek_id == row.info.kek_id &&
        entries_[i].wrapped_dek == row.wrapped_dek) {
      return entries_[i].keys;
    }
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<const Keyset>> Keyset::Unwrap(
    const StoredKeyset& stored, const KekProvider& kek,
    const Keyset* previous) {
  const absl::Status rows = CheckRows(stored);
  if (!rows.ok()) return rows;

  // The constructor is private, which std::make_shared cannot call.
  const std::shared_ptr<Keyset> keyset(new Keyset());
  keyset->profile_ = stored.profile;
  for (const StoredKeyVersion& row : stored.versions) {
    Entry entry{row.info.state, row.wrapped_dek, nullptr, absl::OkStatus()};
    if (IsLive(row.info)) {
      if (previous != nullptr) {
        entry.keys = previous->Unchanged(stored.profile, row);
      }
      if (entry.keys == nullptr) {
        auto keys = UnwrapKeys(stored.profile, row, kek);
        entry.failure = keys.status();
        if (keys.ok()) entry.keys = *std::move(keys);
      }
      keyset->by_slot_[row.info.slot] = keyset->entries_.size();
    }
    if (row.info.primary) keyset->primary_ = keyset->entries_.size();
    keyset->infos_.push_back(row.info);
    keyset->entries_.push_back(std::move(entry));
  }
  return keyset;
}

bool Keyset::usable(uint32_t version) const {
  for (size_t i = 0; i < infos_.size(); ++i) {
    if (infos_[i].version == version) return entries_[i].keys != nullptr;
  }
  return false;
}

absl::StatusOr<const VersionKeys*> Keyset::Readable(const Entry& entry) {
  switch (entry.state) {
    case KeyState::kEnabled:
    case KeyState::kDecryptOnly:
      if (entry.keys == nullptr) return entry.failure;
      return entry.keys.get();
    case KeyState::kDisabled:
      return MakeError({Reason::kKeyVersionDisabled, "key_version", ""},
                       "this key version is disabled");
    case KeyState::kDestroyScheduled:
    case KeyState::kDestroyed:
      return MakeError({Reason::kKeyVersionDestroyed, "key_version", ""},
                       "this key version was destroyed, or is about to be");
  }
  return absl::InternalError("unknown key state");
}

absl::StatusOr<const VersionKeys*> Keyset::Primary() const {
  if (primary_ == kNoEntry) {
    return MakeError({Reason::kKeyVersionDisabled, "profile", ""},
                     "this profile has no key version that makes tokens");
  }
  return Readable(entries_[primary_]);
}

absl::StatusOr<const VersionKeys*> Keyset::ForVersion(uint32_t version) const {
  for (size_t i = 0; i < infos_.size(); ++i) {
    if (infos_[i].version == version) return Readable(entries_[i]);
  }
  return MakeError({Reason::kKeyVersionUnknown, "key_version", ""},
                   "this profile has no such key version");
}

absl::StatusOr<const VersionKeys*> Keyset::ForSlot(unsigned slot) const {
  if (InfoForSlot(slot) == nullptr) return TokenUnknownError();
  return Readable(entries_[by_slot_[slot]]);
}

const KeyVersionInfo* Keyset::InfoForSlot(unsigned slot) const {
  if (slot >= by_slot_.size() || by_slot_[slot] == kNoEntry) return nullptr;
  return &infos_[by_slot_[slot]];
}

}  // namespace panvault::vault
