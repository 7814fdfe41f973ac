// AES-256-GCM (SP 800-38D) with a random 96-bit nonce.
//
// A sealed message is nonce (12 bytes) || ciphertext || tag (16 bytes).
// A key must not seal more than 2^32 messages (SP 800-38D section 8.3); the
// caller counts: panvault seals one message per key version.

#ifndef PANVAULT_CRYPTO_AES_GCM_H_
#define PANVAULT_CRYPTO_AES_GCM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

inline constexpr size_t kAesGcmKeyBytes = 32;
inline constexpr size_t kAesGcmNonceBytes = 12;
inline constexpr size_t kAesGcmTagBytes = 16;

// Seals `plaintext` and binds it to `aad`, which is not part of the result.
// kInvalidArgument for a key that is not 32 bytes; kInternal if OpenSSL fails.
// Thread-safe.
absl::StatusOr<std::vector<uint8_t>> AesGcmSeal(const SecretBytes& key,
                                                absl::Span<const uint8_t> aad,
                                                const SecretBytes& plaintext);

// kDataLoss if `sealed` is too short or does not authenticate under `key` and
// `aad`: which of them is not said. Thread-safe.
absl::StatusOr<SecretBytes> AesGcmOpen(const SecretBytes& key,
                                       absl::Span<const uint8_t> aad,
                                       absl::Span<const uint8_t> sealed);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_AES_GCM_H_
