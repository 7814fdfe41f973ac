// The tokenizer: PANs to tokens and back, in memory, with one keyset.
//
// Token formats: docs/token-formats.md. Batch first: items are grouped by key
// version and length, so that one FF1 call takes many; a single call is a batch
// of one. Pure computation: no I/O, no clock, no log.

#ifndef PANVAULT_VAULT_TOKENIZER_H_
#define PANVAULT_VAULT_TOKENIZER_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vault/keyset.h"
#include "vault/pan.h"
#include "vault/token.h"

namespace panvault::vault {

inline constexpr size_t kContextBytesMax = 64;

// What goes in is borrowed for the length of the call.
struct TokenizeItem {
  absl::string_view pan;      // In: text, as received; checked here.
  absl::string_view context;  // In: 0 to 64 bytes; empty is no context.

  absl::Status status;         // Out. Not OK: the rest of "out" is unset.
  std::optional<Token> token;  // Out.
  uint32_t key_version = 0;    // Out.
  bool key_version_required = false;  // Out: true in the floor layout.
};

struct DetokenizeItem {
  absl::string_view token;
  absl::string_view context;
  uint32_t key_version = 0;  // In: 0, or the version to be used.

  absl::Status status;
  std::optional<Pan> pan;
};

// Sets the outcome of each item; one that fails does not affect the others.
// Errors of an item: PAN_*, CONTEXT_LENGTH, DOMAIN_TOO_SMALL,
// KEY_VERSION_DISABLED, KEY_CORRUPT. Thread-safe.
void Tokenize(const Keyset& keyset, absl::Span<TokenizeItem> items);

// Errors of an item: TOKEN_*, CONTEXT_LENGTH, KEY_VERSION_*, DOMAIN_TOO_SMALL,
// KEY_CORRUPT. TOKEN_UNKNOWN: no live key version of the profile made it.
// Thread-safe.
void Detokenize(const Keyset& keyset, absl::Span<DetokenizeItem> items);

// Which key version can have made `token`, without decrypting it.
struct TokenCheck {
  bool plausible = false;
  uint32_t key_version = 0;  // 0 if the token does not say.
};

// TOKEN_LENGTH, TOKEN_DIGITS. Thread-safe.
absl::StatusOr<TokenCheck> CheckToken(const Keyset& keyset,
                                      absl::string_view token);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_TOKENIZER_H_
