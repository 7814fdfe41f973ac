// The FF1 tweak of a token: 11 bytes that make one permutation per PAN length,
// kept digits and context (docs/token-formats.md).
//
//   byte 0       0x10 | (PAN length - 12); 1 is the format
//   byte 1..5    the kept digits, read as one decimal number; big endian
//   byte 6..10   the context's tag; zeros without a context
//
// 11 bytes at most, so that FF1's Q stays one AES block up to 18 digits.

#ifndef PANVAULT_VAULT_TOKEN_TWEAK_H_
#define PANVAULT_VAULT_TOKEN_TWEAK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "vault/token_layout.h"

namespace panvault::vault {

inline constexpr size_t kTweakBytes = 11;
inline constexpr size_t kContextTagBytes = 5;

using ContextTag = std::array<uint8_t, kContextTagBytes>;

// The first bytes of HMAC-SHA256(tweak_key, context); zeros if it is empty.
// kInternal if OpenSSL fails. Thread-safe.
absl::StatusOr<ContextTag> ContextTagOf(const crypto::SecretBytes& tweak_key,
                                        absl::string_view context);

// `digits` are those of a PAN or of its token: the kept ones are the same.
// `out` has kTweakBytes bytes. Thread-safe.
void WriteTweak(const TokenLayout& layout, absl::Span<const uint8_t> digits,
                const ContextTag& tag, absl::Span<uint8_t> out);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_TOKEN_TWEAK_H_
