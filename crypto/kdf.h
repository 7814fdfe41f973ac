// HKDF-SHA256 (RFC 5869), HMAC-SHA256 (RFC 2104, FIPS 198-1) and SHA-256
// (FIPS 180-4).

#ifndef PANVAULT_CRYPTO_KDF_H_
#define PANVAULT_CRYPTO_KDF_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

inline constexpr size_t kSha256Bytes = 32;
using Sha256Digest = std::array<uint8_t, kSha256Bytes>;

// Extract and expand. `info` names the purpose of the result; `salt` may be
// empty. `size` is 1 to 255 * 32. kInvalidArgument beyond that; kInternal if
// OpenSSL fails. Thread-safe.
absl::StatusOr<SecretBytes> HkdfSha256(const SecretBytes& input_key,
                                       absl::Span<const uint8_t> salt,
                                       absl::string_view info, size_t size);

// A key of any size from 1 byte; kInvalidArgument for an empty one.
// Thread-safe.
absl::StatusOr<Sha256Digest> HmacSha256(const SecretBytes& key,
                                        absl::Span<const uint8_t> message);

// Thread-safe.
absl::StatusOr<Sha256Digest> Sha256(absl::Span<const uint8_t> message);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_KDF_H_
