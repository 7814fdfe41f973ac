// PANs to format-preserving tokens and back, many of one layout at once.
//
// The two layouts of docs/token-formats.md over any permutation of digit
// strings: FF1 in production, a toy in the tests that walk whole domains.

#ifndef PANVAULT_VAULT_FF1_TOKEN_H_
#define PANVAULT_VAULT_FF1_TOKEN_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "crypto/ff1.h"
#include "vault/token_layout.h"

namespace panvault::vault {

inline constexpr size_t kTokenBatchMax = 256;

// One direction of a permutation, as crypto::Ff1::Encrypt or Decrypt.
using Permutation = absl::FunctionRef<absl::Status(const crypto::Ff1Batch&)>;

// 1 to kTokenBatchMax numbers of one layout, changed in place.
struct TokenBatch {
  absl::Span<uint8_t> digits;        // layout.length values each.
  absl::Span<const uint8_t> tweaks;  // kTweakBytes each.
};

// Replaces valid PANs by their tokens. `slot`, 1 to 9, is that of the key
// version; the floor layout has no room for it. kInternal if `encrypt` fails;
// `batch.digits` are then unspecified. Thread-safe.
absl::Status PansToTokens(const TokenLayout& layout, unsigned slot,
                          Permutation encrypt, const TokenBatch& batch);

// Replaces tokens by their PANs, and sets known[i] to whether PansToTokens can
// have made token i; if not, its digits are unspecified. In the versioned
// layout the caller has read the slot from the token to find the key, so every
// token is known. Errors as PansToTokens. Thread-safe.
absl::Status TokensToPans(const TokenLayout& layout, Permutation decrypt,
                          const TokenBatch& batch, absl::Span<bool> known);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_FF1_TOKEN_H_
