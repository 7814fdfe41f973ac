// KeysetCache: the keysets in memory, from which every call is served.

#ifndef PANVAULT_VAULT_KEYSET_CACHE_H_
#define PANVAULT_VAULT_KEYSET_CACHE_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vault/kek_provider.h"
#include "vault/keyset.h"
#include "vault/keyset_store.h"
#include "vault/token_profile.h"

namespace panvault::vault {

// Thread-safe.
class KeysetCache final {
 public:
  // Does not jump when somebody sets the wall clock.
  static absl::Time MonotonicNow();

  struct Options {
    // Keys older than this are refused (KEYS_STALE): a key disabled elsewhere
    // must bite even if the store is gone.
    absl::Duration max_staleness = absl::Hours(1);
    // A name that the store does not know is not asked for again within this.
    absl::Duration unknown_ttl = absl::Seconds(1);
    // For tests. By default a monotonic clock: only differences count.
    std::function<absl::Time()> now = MonotonicNow;
  };

  // `store` and `kek` must outlive the cache. Empty and not ready at first.
  KeysetCache(KeysetStore& store, const KekProvider& kek, Options options);

  // Reads the store, unwraps what is new, swaps. On failure the old keysets
  // stay. Blocks. One at a time; a second caller waits.
  absl::Status Refresh();

  // Whether a Refresh has ever succeeded.
  bool ready() const;

  // Since the last Refresh that succeeded began; absent before the first.
  std::optional<absl::Duration> age() const;

  // From memory only; does not block. PROFILE_UNKNOWN, NOT_READY, KEYS_STALE;
  // KEY_CORRUPT if the stored rows of this profile contradict each other.
  absl::StatusOr<std::shared_ptr<const Keyset>> Find(
      absl::string_view profile_name) const;

  // As Find, but asks the store once about a name (or, if `reload`, a keyset)
  // that may have changed elsewhere; at most once per `unknown_ttl`, within
  // which the store's answer stands. Blocks. Also STORE_UNAVAILABLE.
  absl::StatusOr<std::shared_ptr<const Keyset>> FindOrLoad(
      absl::string_view profile_name, bool reload = false);

  // Makes a profile and its key version 1, stores it durably, then adds it.
  // Blocks. Errors of NewTokenProfile, KeysetStore::Create and Wrap; NOT_READY.
  absl::StatusOr<std::shared_ptr<const Keyset>> CreateProfile(
      const TokenProfileSpec& spec);

  // Ascending by name, without those that are KEY_CORRUPT as a whole.
  // NOT_READY, KEYS_STALE.
  absl::StatusOr<std::vector<std::shared_ptr<const Keyset>>> All() const;

 private:
  // A keyset, or why there is none although the store knows the name.
  using Entry = absl::StatusOr<std::shared_ptr<const Keyset>>;
  using Snapshot = std::map<std::string, Entry, std::less<>>;

  // What the store last said about a name, and when.
  struct Answer {
    absl::Time time;
    absl::Status status;
  };

  // The snapshot, or NOT_READY or KEYS_STALE.
  absl::StatusOr<std::shared_ptr<const Snapshot>> Fresh() const;

  // Null before the first Refresh.
  std::shared_ptr<const Snapshot> snapshot() const;

  // The answer about `name` if it is younger than unknown_ttl.
  std::optional<absl::Status> RecentAnswer(absl::string_view name) const;
  void Remember(absl::string_view name, const absl::Status& status);

  // Loads and swaps one keyset; the answer is remembered. Only with load_mutex_
  // held.
  absl::Status AskStore(absl::string_view profile_name);

  // Unwraps, sharing what has not changed.
  Entry Unwrap(const StoredKeyset& stored, const Snapshot* previous) const;

  // Puts `entry` (null: nothing) in place of what `name` had. Only with
  // load_mutex_ held.
  void Replace(absl::string_view name, const Entry* entry);

  KeysetStore& store_;
  const KekProvider& kek_;
  const Options options_;

  // Held from reading the store until the swap: a slow reader must not undo
  // what a later one has swapped in. Taken before mutex_.
  std::mutex load_mutex_;

  // Guards all below; held for a moment only.
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  absl::Time loaded_at_ = absl::InfinitePast();
  std::map<std::string, Answer, std::less<>> answers_;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEYSET_CACHE_H_
