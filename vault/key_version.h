// Key versions: what is stored of them, and what is known of them in memory.

#ifndef PANVAULT_VAULT_KEY_VERSION_H_
#define PANVAULT_VAULT_KEY_VERSION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace panvault::vault {

// Nine, because a token's Luhn remainder, 1 to 9, names the slot.
inline constexpr unsigned kKeySlots = 9;

// Stored as these numbers: never renumber.
enum class KeyState : uint8_t {
  kEnabled = 1,           // Makes (if primary) and reads tokens.
  kDecryptOnly = 2,       // Reads tokens.
  kDisabled = 3,          // Neither; can be enabled again.
  kDestroyScheduled = 4,  // Neither; will be destroyed unless cancelled.
  kDestroyed = 5,         // Its key is gone, its slot is free again.
};

// One key version without its key.
struct KeyVersionInfo {
  uint32_t version = 0;  // From 1, ascending within the profile.
  unsigned slot = 0;     // 1 to kKeySlots, unique among live versions.
  KeyState state = KeyState::kEnabled;
  bool primary = false;  // At most one; it is kEnabled.
  std::string kek_id;    // The KEK that wraps it.
  absl::Time create_time;
};

// One key version as it is stored.
struct StoredKeyVersion {
  KeyVersionInfo info;
  // The data-encryption key, wrapped; see key_wrap.h. Empty once destroyed.
  std::vector<uint8_t> wrapped_dek;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEY_VERSION_H_
