#include "vault/pkcs11/aes_key.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "crypto/aes_gcm.h"
#include "crypto/random.h"
#include "vault/pkcs11/ckr.h"

namespace panvault::vault::pkcs11 {
namespace {

using crypto::kAesGcmKeyBytes;
using crypto::kAesGcmNonceBytes;
using crypto::kAesGcmTagBytes;

constexpr size_t kBlockBytes = 16;
constexpr absl::string_view kCheckBlock = "panvault kek id1";
static_assert(kCheckBlock.size() == kBlockBytes);

absl::Status Refused(absl::string_view label, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("key \"", label, "\": ", why));
}

// Cryptoki takes all by pointers to what may be written, and writes none of it.
CK_BYTE* Writable(const uint8_t* bytes) { return const_cast<CK_BYTE*>(bytes); }
CK_BYTE* Writable(absl::string_view text) {
  return Writable(reinterpret_cast<const uint8_t*>(text.data()));
}

absl::StatusOr<CK_OBJECT_HANDLE> FindOne(const TokenSession& session,
                                         const std::string& label) {
  const CK_FUNCTION_LIST& functions = session.functions();
  CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY;
  CK_ATTRIBUTE wanted[] = {
      {CKA_CLASS, &secret_key, sizeof secret_key},
      {CKA_LABEL, Writable(label), label.size()},
  };
  CK_RV rv = functions.C_FindObjectsInit(session.handle(), wanted, 2);
  if (rv != CKR_OK) return CkrStatus("C_FindObjectsInit", rv);
  std::array<CK_OBJECT_HANDLE, 2> found = {};
  CK_ULONG count = 0;
  rv = functions.C_FindObjects(session.handle(), found.data(), found.size(),
                               &count);
  const CK_RV end = functions.C_FindObjectsFinal(session.handle());
  if (rv != CKR_OK) return CkrStatus("C_FindObjects", rv);
  if (end != CKR_OK) return CkrStatus("C_FindObjectsFinal", end);
  if (count == 0) return Refused(label, "the token has no such secret key");
  if (count > 1)
    return Refused(label, "more than one secret key has this label");
  return found[0];
}

struct KeyFacts {
  CK_KEY_TYPE type = 0;
  CK_ULONG bytes = 0;
  CK_BBOOL on_token = CK_FALSE;
  CK_BBOOL sensitive = CK_FALSE;
  CK_BBOOL extractable = CK_TRUE;
  CK_BBOOL encrypts = CK_FALSE;
  CK_BBOOL decrypts = CK_FALSE;
};

absl::StatusOr<KeyFacts> FactsOfKey(const TokenSession& session,
                                    CK_OBJECT_HANDLE key) {
  KeyFacts facts;
  CK_ATTRIBUTE asked[] = {
      {CKA_KEY_TYPE, &facts.type, sizeof facts.type},
      {CKA_VALUE_LEN, &facts.bytes, sizeof facts.bytes},
      {CKA_TOKEN, &facts.on_token, sizeof facts.on_token},
      {CKA_SENSITIVE, &facts.sensitive, sizeof facts.sensitive},
      {CKA_EXTRACTABLE, &facts.extractable, sizeof facts.extractable},
      {CKA_ENCRYPT, &facts.encrypts, sizeof facts.encrypts},
      {CKA_DECRYPT, &facts.decrypts, sizeof facts.decrypts},
  };
  const CK_RV rv = session.functions().C_GetAttributeValue(
      session.handle(), key, asked, std::size(asked));
  if (rv != CKR_OK) return CkrStatus("C_GetAttributeValue", rv);
  return facts;
}

absl::Status CheckFacts(absl::string_view label, const KeyFacts& facts) {
  if (facts.type != CKK_AES || facts.bytes != kAesGcmKeyBytes) {
    return Refused(label, "is not an AES key of 32 bytes");
  }
  if (facts.on_token != CK_TRUE) {
    return Refused(label, "is of a session, not on the token (CKA_TOKEN)");
  }
  if (facts.sensitive != CK_TRUE) {
    return Refused(label, "can be read in the clear (not CKA_SENSITIVE)");
  }
  if (facts.extractable != CK_FALSE) {
    return Refused(label, "can leave the token (CKA_EXTRACTABLE)");
  }
  if (facts.encrypts != CK_TRUE || facts.decrypts != CK_TRUE) {
    return Refused(label,
                   "may not encrypt and decrypt (CKA_ENCRYPT, CKA_DECRYPT)");
  }
  return absl::OkStatus();
}

absl::Status WrongLength(absl::string_view function) {
  return absl::UnavailableError(
      absl::StrCat(function, ": the answer has a wrong length"));
}

CK_GCM_PARAMS GcmParameters(CK_BYTE* nonce, absl::Span<const uint8_t> aad) {
  CK_GCM_PARAMS parameters = {};
  parameters.pIv = nonce;
  parameters.ulIvLen = kAesGcmNonceBytes;
  parameters.ulIvBits = kAesGcmNonceBytes * 8;
  parameters.pAAD = Writable(aad.data());
  parameters.ulAADLen = aad.size();
  parameters.ulTagBits = kAesGcmTagBytes * 8;
  return parameters;
}

}  // namespace

absl::StatusOr<AesKey> AesKey::Find(const TokenSession& session,
                                    const std::string& label) {
  const absl::StatusOr<CK_OBJECT_HANDLE> handle = FindOne(session, label);
  if (!handle.ok()) return handle.status();
  const absl::StatusOr<KeyFacts> facts = FactsOfKey(session, *handle);
  if (!facts.ok()) return facts.status();
  if (absl::Status fit = CheckFacts(label, *facts); !fit.ok()) return fit;
  return AesKey(session, *handle);
}

absl::StatusOr<std::vector<uint8_t>> AesKey::Seal(
    const crypto::SecretBytes& plaintext, absl::Span<const uint8_t> aad) const {
  const CK_FUNCTION_LIST& functions = session_->functions();
  std::vector<uint8_t> sealed(kAesGcmNonceBytes + plaintext.size() +
                              kAesGcmTagBytes);
  const absl::Span<uint8_t> nonce =
      absl::MakeSpan(sealed).first(kAesGcmNonceBytes);
  const absl::Span<uint8_t> body =
      absl::MakeSpan(sealed).subspan(kAesGcmNonceBytes);
  if (absl::Status filled = crypto::FillRandom(nonce); !filled.ok()) {
    return filled;
  }
  CK_GCM_PARAMS parameters = GcmParameters(nonce.data(), aad);
  CK_MECHANISM gcm = {CKM_AES_GCM, &parameters, sizeof parameters};
  CK_RV rv = functions.C_EncryptInit(session_->handle(), &gcm, handle_);
  if (rv != CKR_OK) return CkrStatus("C_EncryptInit", rv);
  CK_ULONG size = body.size();
  rv = functions.C_Encrypt(session_->handle(),
                           Writable(plaintext.ExposeSecret().data()),
                           plaintext.size(), body.data(), &size);
  if (rv != CKR_OK) return CkrStatus("C_Encrypt", rv);
  if (size != body.size()) return WrongLength("C_Encrypt");
  return sealed;
}

absl::StatusOr<crypto::SecretBytes> AesKey::Open(
    absl::Span<const uint8_t> sealed, absl::Span<const uint8_t> aad) const {
  if (sealed.size() < kAesGcmNonceBytes + kAesGcmTagBytes) {
    return absl::DataLossError("too short");
  }
  const CK_FUNCTION_LIST& functions = session_->functions();
  CK_GCM_PARAMS parameters = GcmParameters(Writable(sealed.data()), aad);
  CK_MECHANISM gcm = {CKM_AES_GCM, &parameters, sizeof parameters};
  CK_RV rv = functions.C_DecryptInit(session_->handle(), &gcm, handle_);
  if (rv != CKR_OK) return CkrStatus("C_DecryptInit", rv);
  const absl::Span<const uint8_t> body = sealed.subspan(kAesGcmNonceBytes);
  // Room for the tag as well: modules ask for as much as they are given.
  crypto::SecretBytes room(body.size());
  CK_ULONG size = room.size();
  rv = functions.C_Decrypt(session_->handle(), Writable(body.data()),
                           body.size(), room.MutableSecret().data(), &size);
  if (rv != CKR_OK) return CkrStatus("C_Decrypt", rv);
  if (size != body.size() - kAesGcmTagBytes) return WrongLength("C_Decrypt");
  return crypto::SecretBytes::CopyOf(room.ExposeSecret().first(size));
}

absl::StatusOr<KeyCheckValue> AesKey::CheckValue() const {
  const CK_FUNCTION_LIST& functions = session_->functions();
  CK_MECHANISM ecb = {CKM_AES_ECB, nullptr, 0};
  CK_RV rv = functions.C_EncryptInit(session_->handle(), &ecb, handle_);
  if (rv != CKR_OK) return CkrStatus("C_EncryptInit (CKM_AES_ECB)", rv);
  std::array<uint8_t, kBlockBytes> block = {};
  CK_ULONG size = block.size();
  rv = functions.C_Encrypt(session_->handle(), Writable(kCheckBlock),
                           kCheckBlock.size(), block.data(), &size);
  if (rv != CKR_OK) return CkrStatus("C_Encrypt (CKM_AES_ECB)", rv);
  if (size != block.size()) return WrongLength("C_Encrypt (CKM_AES_ECB)");
  KeyCheckValue value;
  std::copy_n(block.begin(), value.size(), value.begin());
  return value;
}

}  // namespace panvault::vault::pkcs11
