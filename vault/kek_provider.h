// KekProvider: the key-encryption key (KEK), which lives outside the vault's
// database. Providers: a file (file_kek_provider.h), a token (vault/pkcs11).

#ifndef PANVAULT_VAULT_KEK_PROVIDER_H_
#define PANVAULT_VAULT_KEK_PROVIDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"

namespace panvault::vault {

// Thread-safe.
class KekProvider {
 public:
  virtual ~KekProvider() = default;

  // Names the KEK without revealing it; stable as long as the key is the same.
  virtual const std::string& kek_id() const = 0;

  // Encrypts `dek` and binds it to `aad`. Both block, for seconds if the KEK is
  // elsewhere and in trouble; KEK_UNAVAILABLE for as long as it does not
  // answer.
  virtual absl::StatusOr<std::vector<uint8_t>> Wrap(
      const crypto::SecretBytes& dek, absl::Span<const uint8_t> aad) const = 0;

  // KEY_CORRUPT if `wrapped` does not authenticate under the KEK and `aad`.
  virtual absl::StatusOr<crypto::SecretBytes> Unwrap(
      absl::Span<const uint8_t> wrapped,
      absl::Span<const uint8_t> aad) const = 0;
};

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEK_PROVIDER_H_
