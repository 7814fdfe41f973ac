// AesKey: the AES-256 key of a token, used where it is.
//
// Sealed messages are those of crypto/aes_gcm.h: nonce (12 bytes) || ciphertext
// || tag (16 bytes), AES-256-GCM (SP 800-38D) by CKM_AES_GCM. The nonce is
// ours, from crypto/random.h. Modules in a FIPS mode may insist on a nonce of
// their own; of those, the ones that write it in place of ours are served,
// since what stands there after the call is what is stored.
//
// What a module answers is believed here; kek_key.h is what checks it.

#ifndef PANVAULT_VAULT_PKCS11_AES_KEY_H_
#define PANVAULT_VAULT_PKCS11_AES_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "vault/pkcs11/cryptoki.h"
#include "vault/pkcs11/token_session.h"

namespace panvault::vault::pkcs11 {

// A reference to a key: a function of the key alone.
using KeyCheckValue = std::array<uint8_t, 8>;

// Not thread-safe.
class AesKey final {
 public:
  // The one secret key with this label. kFailedPrecondition, with the label and
  // why, if there is none or more than one, or unless it is an AES key of 32
  // bytes, on the token, that is sensitive, not extractable, and may encrypt
  // and decrypt. Also CkrStatus. `session` outlives the key.
  static absl::StatusOr<AesKey> Find(const TokenSession& session,
                                     const std::string& label);

  // Errors are CkrStatus's; kUnavailable if an answer has a wrong length.
  absl::StatusOr<std::vector<uint8_t>> Seal(
      const crypto::SecretBytes& plaintext,
      absl::Span<const uint8_t> aad) const;
  // Also kDataLoss if `sealed` is too short.
  absl::StatusOr<crypto::SecretBytes> Open(absl::Span<const uint8_t> sealed,
                                           absl::Span<const uint8_t> aad) const;

  // The first 8 bytes of the block "panvault kek id1" encrypted by CKM_AES_ECB.
  // GCM under the same key does not come to that block in a message below 8 GB.
  absl::StatusOr<KeyCheckValue> CheckValue() const;

 private:
  AesKey(const TokenSession& session, CK_OBJECT_HANDLE handle)
      : session_(&session), handle_(handle) {}

  const TokenSession* session_;
  CK_OBJECT_HANDLE handle_;
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_AES_KEY_H_
