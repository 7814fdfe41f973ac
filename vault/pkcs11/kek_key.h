// KekKey: an AesKey that is found out when it errs.
//
// What a token says is not taken on trust: a key that was exchanged behind its
// handle would make wrapped keys that nothing opens later, and an error of the
// device must not pass for a stored key that is corrupt.

#ifndef PANVAULT_VAULT_PKCS11_KEK_KEY_H_
#define PANVAULT_VAULT_PKCS11_KEK_KEY_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "vault/pkcs11/aes_key.h"
#include "vault/pkcs11/cryptoki.h"

namespace panvault::vault::pkcs11 {

// Not thread-safe.
class KekKey final {
 public:
  // Seals, opens, and sees a changed tag, nonce, text and associated data
  // refused. kFailedPrecondition if one of them is not, if the key does not
  // open what it has sealed, or if the module brings a nonce of its own twice;
  // also the errors of AesKey.
  static absl::StatusOr<KekKey> Create(const AesKey& key);

  // Goes on with `key`, found anew. kFailedPrecondition if it is another one
  // than that of Create, and then nothing changes; also the errors of AesKey.
  absl::Status Rebind(const AesKey& key);

  // Which key this is; the same for the same key, on any token.
  const KeyCheckValue& check_value() const { return check_value_; }

  // Whether it still is the key of Create, and opens what that has sealed.
  // kUnavailable otherwise; also the errors of AesKey.
  absl::Status Check() const;

  // As AesKey::Seal. What is returned has been opened again, and it is the key
  // of Create that has sealed it; kUnavailable otherwise.
  absl::StatusOr<std::vector<uint8_t>> Seal(
      const crypto::SecretBytes& plaintext,
      absl::Span<const uint8_t> aad) const;

  // As AesKey::Open, but kDataLoss only after three refusals by the key of
  // Create, which opens other things meanwhile. Some modules have one code for
  // a wrong tag and for trouble of their own (CKR_GENERAL_ERROR); which one it
  // is was learnt by Create.
  absl::StatusOr<crypto::SecretBytes> Open(absl::Span<const uint8_t> sealed,
                                           absl::Span<const uint8_t> aad) const;

 private:
  KekKey(const AesKey& key, const KeyCheckValue& check_value,
         std::vector<uint8_t> sealed_test)
      : key_(key),
        check_value_(check_value),
        sealed_test_(std::move(sealed_test)) {}

  absl::Status TestRefusals();
  absl::Status NoteRefusal(const absl::Status& refused);
  // kUnavailable if the handle leads to another key than at first: one that
  // encrypts, and one that decrypts.
  absl::Status CheckSameKey() const;
  absl::Status CheckOpens() const;
  bool IsRefusal(const absl::Status& status) const;

  AesKey key_;
  KeyCheckValue check_value_;
  std::vector<uint8_t> sealed_test_;  // By the key of Create.
  std::optional<CK_RV> refusal_;      // What C_Decrypt says to a wrong tag.
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_KEK_KEY_H_
