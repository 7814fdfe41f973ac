// The KEK from a token (PKCS #11): an AES-256 key that does not leave it.
//
// A wrapped key has the format of vault/key_wrap.h, byte for byte: 0x01, nonce
// (12), ciphertext (32), tag (16). The same key in a file would open it, save
// that the KEK id is part of the associated data:
//   "pkcs11:" and 16 hex digits, the key's check value (aes_key.h)
// It says whether two KEKs are the same, and nothing else; it holds on a copy
// of the token, and changes when another key is put under the same label.

#ifndef PANVAULT_VAULT_PKCS11_PKCS11_KEK_PROVIDER_H_
#define PANVAULT_VAULT_PKCS11_PKCS11_KEK_PROVIDER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "vault/kek_provider.h"
#include "vault/pkcs11/token_link.h"

namespace panvault::vault::pkcs11 {

struct Pkcs11KekOptions {
  KeyPlace place;
  // By the rules of ReadKeyFile; a line end after the PIN is not part of it.
  std::string pin_file;
  // How long a call waits for the module.
  absl::Duration call_limit = absl::Seconds(10);
  // Between a failed use and the next that tries.
  absl::Duration pause = absl::Seconds(1);
  // Between looks at the token while nobody uses it: without them, a token that
  // is gone would be noticed by the next start, which needs it.
  absl::Duration heartbeat = absl::Seconds(30);
  // When the token stops answering, with the reason, or does so for another
  // reason; and with OK when it answers again. By the thread that found out;
  // one at a time.
  std::function<void(const absl::Status&)> on_change = [](const absl::Status&) {
  };
};

// Reads the PIN, logs in, finds the key and tests it. Calls of the module are
// made by one thread of the provider's own.
//
// Errors: of ReadKeyFile for the PIN file; of Module::Load, TokenSession::Open,
// AesKey::Find and KekKey::Create; kDeadlineExceeded. They name paths and
// labels, never a value. The provider's own errors are KEY_CORRUPT, and
// KEK_UNAVAILABLE for as long as the token does not answer; `on_change` hears
// why.
absl::StatusOr<std::unique_ptr<const KekProvider>> NewPkcs11KekProvider(
    const Pkcs11KekOptions& options);

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_PKCS11_KEK_PROVIDER_H_
