// Keyset: a profile and its key versions, unwrapped, as an immutable value.
// A change makes another one and swaps a pointer (keyset_cache.h).

#ifndef PANVAULT_VAULT_KEYSET_H_
#define PANVAULT_VAULT_KEYSET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/ff1.h"
#include "crypto/secret_bytes.h"
#include "vault/kek_provider.h"
#include "vault/key_version.h"
#include "vault/keyset_store.h"
#include "vault/token_profile.h"

namespace panvault::vault {

// The keys that HKDF-SHA256 gives one key version (docs/token-formats.md).
struct VersionKeys {
  uint32_t version = 0;
  unsigned slot = 0;
  crypto::Ff1 ff1;                // Radix 10, AES-256.
  crypto::SecretBytes tweak_key;  // 32 bytes; hashes contexts.
};

// Thread-safe: immutable.
class Keyset final {
 public:
  ~Keyset();

  // Unwraps every live version of `stored`. A version whose key does not
  // authenticate does not fail the keyset: it alone answers KEY_CORRUPT. Keys
  // of `previous` (may be null) that have not changed are shared with it.
  // KEY_CORRUPT if the rows contradict each other (two primaries, a repeated
  // version or live slot, a slot out of range), or hold a scheme, kept digits
  // or a state that this binary does not know.
  static absl::StatusOr<std::shared_ptr<const Keyset>> Unwrap(
      const StoredKeyset& stored, const KekProvider& kek,
      const Keyset* previous);

  const TokenProfile& profile() const { return profile_; }

  // Ascending by version.
  absl::Span<const KeyVersionInfo> versions() const { return infos_; }

  // Whether the key of `version` is in memory.
  bool usable(uint32_t version) const;

  // The keys that make new tokens. KEY_CORRUPT, KEY_VERSION_DISABLED (no
  // primary). Valid as long as the keyset.
  absl::StatusOr<const VersionKeys*> Primary() const;

  // The keys to read a token with. KEY_VERSION_UNKNOWN, KEY_VERSION_DISABLED,
  // KEY_VERSION_DESTROYED, KEY_CORRUPT.
  absl::StatusOr<const VersionKeys*> ForVersion(uint32_t version) const;

  // As ForVersion, by slot 1 to 9. TOKEN_UNKNOWN if no live version has it.
  absl::StatusOr<const VersionKeys*> ForSlot(unsigned slot) const;

  // The live version in `slot`, whether or not its key can be used; null if
  // there is none. Valid as long as the keyset.
  const KeyVersionInfo* InfoForSlot(unsigned slot) const;

 private:
  struct Entry;
  static constexpr size_t kNoEntry = SIZE_MAX;

  Keyset();
  static absl::StatusOr<const VersionKeys*> Readable(const Entry& entry);

  // The keys of `row` if this keyset has unwrapped the same bytes before, as
  // the same version of the same profile; else null.
  std::shared_ptr<const VersionKeys> Unchanged(
      const TokenProfile& profile, const StoredKeyVersion& row) const;

  TokenProfile profile_;
  std::vector<KeyVersionInfo> infos_;
  std::vector<Entry> entries_;  // Parallel to infos_.
  // Indices into entries_.
  size_t primary_ = kNoEntry;
  std::array<size_t, kKeySlots + 1> by_slot_;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEYSET_H_
