// Keysets for tests, without a store: profiles and key versions by value.

#ifndef PANVAULT_TESTS_TESTING_KEYSETS_H_
#define PANVAULT_TESTS_TESTING_KEYSETS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "vault/kek_provider.h"
#include "vault/key_version.h"
#include "vault/keyset.h"
#include "vault/keyset_store.h"
#include "vault/token_profile.h"

namespace panvault::testing {

// The DEK of a version is derived from `dek_seed`: equal seeds, equal keys.
struct VersionSpec {
  uint32_t version = 1;
  unsigned slot = 1;
  vault::KeyState state = vault::KeyState::kEnabled;
  bool primary = true;
  uint8_t dek_seed = 0;  // 0: the number of the version.
};

struct KeysetSpec {
  std::string name = "cards";
  vault::KeptDigits kept = vault::KeptDigits::kNone;
  bool allow_floor = false;
  std::vector<VersionSpec> versions = {VersionSpec{}};
};

// The rows of `spec`, wrapped by `kek`. The profile id follows from the name.
vault::StoredKeyset MakeStored(const KeysetSpec& spec,
                               const vault::KekProvider& kek);

// The same, unwrapped again. Fails the test and returns null if that fails.
std::shared_ptr<const vault::Keyset> MakeKeyset(const KeysetSpec& spec);

}  // namespace panvault::testing

#endif  // PANVAULT_TESTS_TESTING_KEYSETS_H_
