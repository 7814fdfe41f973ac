// KeysetCache: the keysets in memory, from which every call is served.

#ifndef PANVAULT_VAULT_KEYSET_CACHE_H_
#define PANVAULT_VAULT_KEYSET_CACHE_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
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
  struct Options {
    // Keys older than this are refused (KEYS_STALE): a key disabled elsewhere
    // must bite even if the store is gone.
    absl::Duration max_staleness = absl::Hours(1);
    // A name that the store does not know is not asked for again within this.
    absl::Duration unknown_ttl = absl::Seconds(1);
    // For tests. Monotonic in production.
    std::function<absl::Time()> now = absl::Now;
  };

  // `store` and `kek` must outlive the cache. Empty and not ready at first.
  KeysetCache(KeysetStore& store, const KekProvider& kek, Options options);

  // Reads the store, unwraps what is new, swaps. On failure the old keysets
  // stay. Blocks. One at a time; a second caller waits.
  absl::Status Refresh();

  // Whether a Refresh has ever succeeded.
  bool ready() const;

  // From memory only; does not block. PROFILE_UNKNOWN, NOT_READY, KEYS_STALE.
  absl::StatusOr<std::shared_ptr<const Keyset>> Find(
      absl::string_view profile_name) const;

  // As Find, but asks the store once about a name (or, if `reload`, a keyset)
  // that may have changed elsewhere. Blocks. Also STORE_UNAVAILABLE.
  absl::StatusOr<std::shared_ptr<const Keyset>> FindOrLoad(
      absl::string_view profile_name, bool reload = false);

  // Makes a profile and its key version 1, stores it durably, then adds it.
  // Blocks. Errors of NewTokenProfile, KeysetStore::Create and Wrap; NOT_READY.
  absl::StatusOr<std::shared_ptr<const Keyset>> CreateProfile(
      const TokenProfileSpec& spec);

  // Ascending by name. NOT_READY, KEYS_STALE.
  absl::StatusOr<std::vector<std::shared_ptr<const Keyset>>> All() const;

 private:
  using Snapshot =
      std::map<std::string, std::shared_ptr<const Keyset>, std::less<>>;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEYSET_CACHE_H_
