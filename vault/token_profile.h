// TokenProfile: what the tokens of one profile look like.

#ifndef PANVAULT_VAULT_TOKEN_PROFILE_H_
#define PANVAULT_VAULT_TOKEN_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace panvault::vault {

inline constexpr size_t kProfileNameBytesMax = 63;

// Stored as these numbers (the migrations name them too): never renumber.
enum class TokenScheme : uint8_t {
  kFf1 = 1,  // NIST SP 800-38G FF1, AES-256.
};

// Which digits of the PAN stand in the token as they are. Stored likewise.
enum class KeptDigits : uint8_t {
  kNone = 1,
  kLast4 = 2,
  kBin6Last4 = 3,
  kBin8Last4 = 4,
};

// Plain data, but only Create makes one that obeys the rules.
struct TokenProfile {
  // 32 lower-case hex digits, random, never used again: what keys are bound to,
  // so that a profile of the same name in another vault has other keys.
  std::string id;
  // 1 to 63 of a-z, 0-9, '-'; a letter first, no '-' last.
  std::string name;
  TokenScheme scheme = TokenScheme::kFf1;
  KeptDigits kept = KeptDigits::kNone;
  // Whether PANs with exactly six free digits may be tokenized.
  bool allow_floor = false;
  absl::Time create_time;
};

// PROFILE_NAME unless `name` obeys the rule above. Thread-safe.
absl::Status CheckProfileName(absl::string_view name);

// A profile to be made: what the caller chooses.
struct TokenProfileSpec {
  std::string name;
  TokenScheme scheme = TokenScheme::kFf1;
  KeptDigits kept = KeptDigits::kNone;
  bool allow_floor = false;
};

// Checks the name, and that at least one PAN length fits (DOMAIN_TOO_SMALL);
// draws a random id. Thread-safe.
absl::StatusOr<TokenProfile> NewTokenProfile(const TokenProfileSpec& spec,
                                             absl::Time now);

// The PAN lengths, ascending, that `profile` can tokenize. Thread-safe.
std::vector<size_t> PanLengthsOf(const TokenProfile& profile);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_TOKEN_PROFILE_H_
