#include "vault/pkcs11/token_session.h"

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "vault/pkcs11/ckr.h"

namespace panvault::vault::pkcs11 {
namespace {

// A network HSM has some hundred partitions; more slots are an error of the
// module's.
constexpr CK_ULONG kSlotsMax = 4096;

struct Token {
  CK_SLOT_ID slot = 0;
  CK_FLAGS flags = 0;
};

absl::Status Refused(absl::string_view label, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("token \"", label, "\": ", why));
}

absl::StatusOr<std::vector<CK_SLOT_ID>> SlotsWithTokens(
    const CK_FUNCTION_LIST& functions) {
  // Asking for the number makes the module look which tokens there are now.
  CK_ULONG count = 0;
  CK_RV rv = functions.C_GetSlotList(CK_TRUE, nullptr, &count);
  if (rv != CKR_OK) return CkrStatus("C_GetSlotList", rv);
  if (count > kSlotsMax) {
    return absl::UnavailableError(
        absl::StrCat("C_GetSlotList: over ", kSlotsMax, " slots"));
  }
  std::vector<CK_SLOT_ID> slots(count);
  if (slots.empty()) return slots;
  rv = functions.C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return CkrStatus("C_GetSlotList", rv);
  if (count < slots.size()) slots.resize(count);
  return slots;
}

absl::string_view LabelOf(const CK_TOKEN_INFO& info) {
  absl::string_view label(reinterpret_cast<const char*>(info.label),
                          kTokenLabelBytesMax);
  while (absl::ConsumeSuffix(&label, " ")) {
  }
  return label;
}

absl::StatusOr<Token> FindToken(const CK_FUNCTION_LIST& functions,
                                const std::string& label) {
  const absl::StatusOr<std::vector<CK_SLOT_ID>> slots =
      SlotsWithTokens(functions);
  if (!slots.ok()) return slots.status();
  std::optional<Token> found;
  absl::Status trouble;
  for (const CK_SLOT_ID slot : *slots) {
    CK_TOKEN_INFO info = {};
    // It may be somebody else's token that is broken, or leaves while we look.
    if (const CK_RV rv = functions.C_GetTokenInfo(slot, &info); rv != CKR_OK) {
      trouble.Update(CkrStatus("C_GetTokenInfo", rv));
      continue;
    }
    if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (LabelOf(info) != label) continue;
    if (found.has_value()) {
      return Refused(label, "more than one token has this label");
    }
    found = Token{slot, info.flags};
  }
  if (found.has_value()) return *found;
  if (!trouble.ok()) return trouble;
  return absl::UnavailableError(
      absl::StrCat("token \"", label, "\": not among the ", slots->size(),
                   " that the module has"));
}

absl::Status CheckPinState(const std::string& label, CK_FLAGS flags) {
  absl::string_view why;
  if ((flags & CKF_USER_PIN_LOCKED) != 0) {
    why = "its user PIN is locked; a security officer has to set a new one";
  } else if ((flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    why =
        "one more wrong PIN would lock it, so the PIN was not tried: log in "
        "with another program, which resets the count";
  } else if ((flags & CKF_USER_PIN_INITIALIZED) == 0) {
    why = "it has no user PIN yet";
  } else {
    return absl::OkStatus();
  }
  return Refused(label, why);
}

absl::Status LogIn(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                   const std::string& label, const crypto::SecretBytes& pin) {
  // Cryptoki wants it writable, and does not write it.
  auto* const bytes = const_cast<uint8_t*>(pin.ExposeSecret().data());
  const CK_RV rv = functions.C_Login(session, CKU_USER, bytes, pin.size());
  // Of all sessions with a token, the first logs in for the others.
  if (rv == CKR_USER_ALREADY_LOGGED_IN) return absl::OkStatus();
  const absl::Status status = CkrStatus("C_Login", rv);
  if (status.code() != absl::StatusCode::kPermissionDenied) return status;
  return absl::PermissionDeniedError(
      absl::StrCat("token \"", label, "\": ", status.message(),
                   ": not tried again, since tokens lock; correct the PIN file "
                   "and start again"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenSession>> TokenSession::Open(
    const Module& module, const std::string& token_label,
    const crypto::SecretBytes& pin) {
  const CK_FUNCTION_LIST& functions = module.functions();
  const absl::StatusOr<Token> token = FindToken(functions, token_label);
  if (!token.ok()) return token.status();
  absl::Status state = CheckPinState(token_label, token->flags);
  if (!state.ok()) return state;

  // Read-only: it makes and changes no object.
  CK_SESSION_HANDLE handle = 0;
  const CK_RV rv = functions.C_OpenSession(token->slot, CKF_SERIAL_SESSION,
                                           nullptr, nullptr, &handle);
  if (rv != CKR_OK) return CkrStatus("C_OpenSession", rv);
  std::unique_ptr<TokenSession> session(new TokenSession(functions, handle));
  absl::Status logged_in = LogIn(functions, handle, token_label, pin);
  if (!logged_in.ok()) return logged_in;
  return session;
}

TokenSession::~TokenSession() { functions_.C_CloseSession(handle_); }

}  // namespace panvault::vault::pkcs11
