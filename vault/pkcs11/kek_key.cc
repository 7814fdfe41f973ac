#include "vault/pkcs11/kek_key.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "crypto/aes_gcm.h"
#include "vault/pkcs11/ckr.h"

namespace panvault::vault::pkcs11 {
namespace {

constexpr uint8_t kTestAad[] = {'s', 'e', 'l', 'f', ' ', 't', 'e', 's', 't'};
// Refusals until what is sealed counts as damaged.
constexpr int kRefusals = 3;

// What the self test seals. No secret.
crypto::SecretBytes TestText() {
  std::array<uint8_t, 32> text = {};
  text.fill(0x5a);
  return crypto::SecretBytes::CopyOf(text);
}

absl::Status Unfit(absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("self test of the token's AES-GCM: ", why));
}

bool SameNonce(absl::Span<const uint8_t> a, absl::Span<const uint8_t> b) {
  return std::equal(a.begin(), a.begin() + crypto::kAesGcmNonceBytes,
                    b.begin());
}

}  // namespace

absl::StatusOr<KekKey> KekKey::Create(const AesKey& key) {
  const absl::StatusOr<KeyCheckValue> check_value = key.CheckValue();
  if (!check_value.ok()) return check_value.status();
  absl::StatusOr<std::vector<uint8_t>> sealed = key.Seal(TestText(), kTestAad);
  if (!sealed.ok()) return sealed.status();
  // Ours never are the same; a module may put its own in their place.
  const absl::StatusOr<std::vector<uint8_t>> other =
      key.Seal(TestText(), kTestAad);
  if (!other.ok()) return other.status();
  if (SameNonce(*sealed, *other)) return Unfit("it uses a nonce twice");

  KekKey kek(key, *check_value, *std::move(sealed));
  if (absl::Status tested = kek.TestRefusals(); !tested.ok()) return tested;
  return kek;
}

// One bit of the tag, the text and the nonce; then the associated data.
absl::Status KekKey::TestRefusals() {
  for (const size_t at :
       {sealed_test_.size() - 1, crypto::kAesGcmNonceBytes, size_t{0}}) {
    // Between refusals: they must not come of a session that has broken.
    const auto opened = key_.Open(sealed_test_, kTestAad);
    if (!opened.ok()) return opened.status();
    if (!(*opened == TestText())) return Unfit("it opens to something else");
    std::vector<uint8_t> changed = sealed_test_;
    changed[at] ^= 1;
    absl::Status noted = NoteRefusal(key_.Open(changed, kTestAad).status());
    if (!noted.ok()) return noted;
  }
  absl::Status noted = NoteRefusal(key_.Open(sealed_test_, {}).status());
  if (!noted.ok()) return noted;
  return CheckSameKey();
}

// Each in the same words, or it is no refusal but some other trouble.
absl::Status KekKey::NoteRefusal(const absl::Status& refused) {
  if (refused.ok()) return Unfit("what was changed is not refused");
  const std::optional<CK_RV> rv = CkrOf(refused);
  if (!rv.has_value()) return refused;
  if (!refusal_.has_value()) refusal_ = rv;
  return rv == refusal_ ? absl::OkStatus() : refused;
}

absl::Status KekKey::Rebind(const AesKey& key) {
  const absl::StatusOr<KeyCheckValue> value = key.CheckValue();
  if (!value.ok()) return value.status();
  if (*value != check_value_) {
    return absl::FailedPreconditionError(
        "another key has this label than at the start");
  }
  key_ = key;
  return absl::OkStatus();
}

absl::Status KekKey::Check() const {
  if (absl::Status same = CheckSameKey(); !same.ok()) return same;
  return CheckOpens();
}

absl::Status KekKey::CheckSameKey() const {
  const absl::StatusOr<KeyCheckValue> now = key_.CheckValue();
  if (!now.ok()) return now.status();
  if (*now == check_value_) return absl::OkStatus();
  return absl::UnavailableError("the token now uses another key");
}

absl::Status KekKey::CheckOpens() const {
  const absl::StatusOr<crypto::SecretBytes> opened =
      key_.Open(sealed_test_, kTestAad);
  if (IsRefusal(opened.status()) || (opened.ok() && !(*opened == TestText()))) {
    return absl::UnavailableError(
        "the token now uses another key, or has ceased to decrypt");
  }
  return opened.status();
}

bool KekKey::IsRefusal(const absl::Status& status) const {
  return status.code() == absl::StatusCode::kDataLoss ||
         (refusal_.has_value() && CkrOf(status) == refusal_);
}

absl::StatusOr<std::vector<uint8_t>> KekKey::Seal(
    const crypto::SecretBytes& plaintext, absl::Span<const uint8_t> aad) const {
  absl::StatusOr<std::vector<uint8_t>> sealed = key_.Seal(plaintext, aad);
  if (!sealed.ok()) return sealed.status();
  const absl::StatusOr<crypto::SecretBytes> again = key_.Open(*sealed, aad);
  if (IsRefusal(again.status()) || (again.ok() && !(*again == plaintext))) {
    return absl::UnavailableError("what the token has sealed does not open");
  }
  if (!again.ok()) return again.status();
  if (absl::Status same = Check(); !same.ok()) return same;
  return sealed;
}

absl::StatusOr<crypto::SecretBytes> KekKey::Open(
    absl::Span<const uint8_t> sealed, absl::Span<const uint8_t> aad) const {
  for (int refusals = 0; refusals < kRefusals; ++refusals) {
    absl::StatusOr<crypto::SecretBytes> opened = key_.Open(sealed, aad);
    if (opened.ok() || !IsRefusal(opened.status())) return opened;
    if (absl::Status opens = CheckOpens(); !opens.ok()) return opens;
  }
  return absl::DataLossError("does not authenticate");
}

}  // namespace panvault::vault::pkcs11
