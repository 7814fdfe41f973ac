// What a Cryptoki function returns, as a Status: made where it arises.
//
// Messages hold the function and the name of the code ("C_Login:
// CKR_PIN_LOCKED"), never an argument.

#ifndef PANVAULT_VAULT_PKCS11_CKR_H_
#define PANVAULT_VAULT_PKCS11_CKR_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "vault/pkcs11/cryptoki.h"

namespace panvault::vault::pkcs11 {

// "CKR_PIN_LOCKED"; a number for what the standard does not name: "CKR
// 0x80000001". Thread-safe, as all here.
std::string CkrName(CK_RV rv);

// OK for CKR_OK. Otherwise the code says what may help:
//   kPermissionDenied    the PIN: trying again may lock the token
//   kDataLoss            the data do not decrypt
//   kFailedPrecondition  the token, the key or the mechanism is not fit for it
//   kUnavailable         anything else: connecting anew
absl::Status CkrStatus(absl::string_view function, CK_RV rv);

// What CkrStatus made `status` of; absent if it did not, and for OK.
std::optional<CK_RV> CkrOf(const absl::Status& status);

}  // namespace panvault::vault::pkcs11

#endif  // PANVAULT_VAULT_PKCS11_CKR_H_
