// Random bytes from OpenSSL's CSPRNG (SP 800-90A CTR_DRBG, seeded by the
// kernel).

#ifndef PANVAULT_CRYPTO_RANDOM_H_
#define PANVAULT_CRYPTO_RANDOM_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"

namespace panvault::crypto {

// Fills `bytes`. kInternal if the generator fails; `bytes` is then unspecified.
// Thread-safe.
absl::Status FillRandom(absl::Span<uint8_t> bytes);

// `size` random bytes to be used as a key. Thread-safe.
absl::StatusOr<SecretBytes> RandomSecret(size_t size);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_RANDOM_H_
