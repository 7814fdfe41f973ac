// TokenSession: a session with one token, logged in.

#ifndef PANVAULT_VAULT_PKCS11_TOKEN_SESSION_H_
#define PANVAULT_VAULT_PKCS11_TOKEN_SESSION_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "crypto/secret_bytes.h"
#include "vault/pkcs11/cryptoki.h"
#include "vault/pkcs11/module.h"

namespace panvault::vault::pkcs11 {

// CK_TOKEN_INFO has a label of 32 bytes, padded with spaces.
inline constexpr size_t kTokenLabelBytesMax = 32;

// Not thread-safe. Closes the session with itself.
class TokenSession final {
 public:
  // On the one token with this label among those that are present.
  //
  // kUnavailable if there is none, kFailedPrecondition if more than one.
  // kPermissionDenied if the PIN is refused. kFailedPrecondition, without
  // trying the PIN, if the token says that it is locked or that one more wrong
  // one locks it: whoever starts again and again must not lock a token. Also
  // CkrStatus. Messages hold the label, not the PIN. `module` is initialised
  // and outlives the session.
  static absl::StatusOr<std::unique_ptr<TokenSession>> Open(
      const Module& module, const std::string& token_label,
      const crypto::SecretBytes& pin);

  ~TokenSession();
  TokenSession(const TokenSession&) = delete;
  TokenSession& operator=(const TokenSession&) = delete;

  const CK_FUNCTION_LIST& functions() const { return functions_; }
  CK_SESSION_HANDLE handle() const { return handle_; }

 private:
  TokenSession(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE handle)
      : functions_(functions), handle_(handle) {}

  const CK_FUNCTION_LIST& functions_;
  const CK_SESSION_HANDLE handle_;
};

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_TOKEN_SESSION_H_
