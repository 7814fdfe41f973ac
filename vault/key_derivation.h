// The keys that one data-encryption key (DEK) gives: HKDF-SHA256 (RFC 5869),
// empty salt, one info string per purpose (docs/token-formats.md).

#ifndef PANVAULT_VAULT_KEY_DERIVATION_H_
#define PANVAULT_VAULT_KEY_DERIVATION_H_

#include "absl/status/statusor.h"
#include "crypto/secret_bytes.h"

namespace panvault::vault {

struct DerivedKeys {
  crypto::SecretBytes ff1;    // 32 bytes: AES-256, info "panvault v1 ff1".
  crypto::SecretBytes tweak;  // 32 bytes: HMAC key, info "panvault v1 tweak".
};

// kInvalidArgument unless `dek` is 32 bytes; kInternal if OpenSSL fails.
// Thread-safe.
absl::StatusOr<DerivedKeys> DeriveKeys(const crypto::SecretBytes& dek);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEY_DERIVATION_H_
