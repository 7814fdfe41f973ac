// KeysetStore: where profiles and their wrapped key versions are kept.
//
// Implementations: vault/postgres (production),
// tests/testing/memory_keyset_store (tests). One contract suite,
// tests/contract/keyset_store_contract.h, runs on both.

#ifndef PANVAULT_VAULT_KEYSET_STORE_H_
#define PANVAULT_VAULT_KEYSET_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vault/key_version.h"
#include "vault/token_profile.h"

namespace panvault::vault {

struct StoredKeyset {
  TokenProfile profile;
  std::vector<StoredKeyVersion> versions;  // Ascending by version.
};

// Thread-safe. Calls may block for as long as the store's own timeout.
class KeysetStore {
 public:
  virtual ~KeysetStore() = default;

  // Every keyset, ascending by profile name, as of one moment.
  // STORE_UNAVAILABLE.
  virtual absl::StatusOr<std::vector<StoredKeyset>> LoadAll() = 0;

  // PROFILE_UNKNOWN, STORE_UNAVAILABLE.
  virtual absl::StatusOr<StoredKeyset> Load(absl::string_view profile_name) = 0;

  // Stores the profile and its versions, durably and all or nothing.
  // PROFILE_EXISTS if the name is taken: nothing is changed.
  // STORE_UNAVAILABLE: normally nothing was stored; if the connection broke
  // during the commit it may have been. The caller looks before it retries.
  virtual absl::Status Create(const StoredKeyset& keyset) = 0;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEYSET_STORE_H_
