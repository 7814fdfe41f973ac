#include "crypto/aes_gcm.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace panvault::crypto {
namespace {

// Ours, far below NIST's 2^36: OpenSSL counts in int, and a wrapped key is
// under a hundred bytes.
constexpr size_t kAesGcmBytesMax = size_t{1} << 30;
static_assert(kAesGcmBytesMax <= INT_MAX);

absl::Status CheckSizes(const SecretBytes& key, size_t aad_bytes,
                        size_t text_bytes) {
  if (key.size() != kAesGcmKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "AES-256-GCM key of ", key.size(), " bytes; want ", kAesGcmKeyBytes));
  }
  if (aad_bytes > kAesGcmBytesMax || text_bytes > kAesGcmBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("AES-256-GCM input is over ", kAesGcmBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

// Puts `in` through the cipher; `out` is null for associated data. An empty
// input is skipped: to OpenSSL a null pointer means something else.
bool Update(EVP_CIPHER_CTX* context, absl::Span<const uint8_t> in,
            uint8_t* out) {
  if (in.empty()) return true;
  int written = 0;
  const int size = static_cast<int>(in.size());
  return EVP_CipherUpdate(context, out, &written, in.data(), size) == 1 &&
         written == size;
}

EvpCipherCtxPtr NewContext(const SecretBytes& key, const uint8_t* nonce,
                           bool seal) {
  EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
  // The nonce is 96 bits by default.
  if (context == nullptr || Aes256Gcm() == nullptr ||
      EVP_CipherInit_ex2(context.get(), Aes256Gcm(), key.ExposeSecret().data(),
                         nonce, seal ? 1 : 0, nullptr) != 1) {
    return nullptr;
  }
  return context;
}

}  // namespace

absl::StatusOr<std::vector<uint8_t>> AesGcmSeal(const SecretBytes& key,
                                                absl::Span<const uint8_t> aad,
                                                const SecretBytes& plaintext) {
  absl::Status status = CheckSizes(key, aad.size(), plaintext.size());
  if (!status.ok()) return status;

  std::vector<uint8_t> sealed(kAesGcmNonceBytes + plaintext.size() +
                              kAesGcmTagBytes);
  const auto nonce = absl::MakeSpan(sealed).first(kAesGcmNonceBytes);
  const auto tag = absl::MakeSpan(sealed).last(kAesGcmTagBytes);
  status = FillRandom(nonce);
  if (!status.ok()) return status;

  const EvpCipherCtxPtr context = NewContext(key, nonce.data(), true);
  int rest = 0;
  if (context == nullptr || !Update(context.get(), aad, nullptr) ||
      !Update(context.get(), plaintext.ExposeSecret(),
              sealed.data() + kAesGcmNonceBytes) ||
      EVP_CipherFinal_ex(context.get(), tag.data(), &rest) != 1 || rest != 0 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG,
                          static_cast<int>(tag.size()), tag.data()) != 1) {
    return OpenSslError("AES-256-GCM sealing");
  }
  return sealed;
}

absl::StatusOr<SecretBytes> AesGcmOpen(const SecretBytes& key,
                                       absl::Span<const uint8_t> aad,
                                       absl::Span<const uint8_t> sealed) {
  constexpr size_t kOverhead = kAesGcmNonceBytes + kAesGcmTagBytes;
  const size_t text_bytes = sealed.size() - std::min(sealed.size(), kOverhead);
  absl::Status status = CheckSizes(key, aad.size(), text_bytes);
  if (!status.ok()) return status;
  if (sealed.size() < kOverhead) {
    return absl::DataLossError("AES-256-GCM message is too short");
  }
  const auto nonce = sealed.first(kAesGcmNonceBytes);
  const auto text = sealed.subspan(kAesGcmNonceBytes, text_bytes);
  std::vector<uint8_t> tag(sealed.end() - kAesGcmTagBytes, sealed.end());

  const EvpCipherCtxPtr context = NewContext(key, nonce.data(), false);
  SecretBytes plaintext(text.size());
  if (context == nullptr || !Update(context.get(), aad, nullptr) ||
      !Update(context.get(), text, plaintext.MutableSecret().data()) ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                          static_cast<int>(tag.size()), tag.data()) != 1) {
    return OpenSslError("AES-256-GCM opening");
  }
  uint8_t none[kAesGcmTagBytes] = {};
  int rest = 0;
  if (EVP_CipherFinal_ex(context.get(), none, &rest) != 1 || rest != 0) {
    OpenSslError("AES-256-GCM opening").IgnoreError();  // Empties the queue.
    return absl::DataLossError("AES-256-GCM message does not authenticate");
  }
  return plaintext;
}

}  // namespace panvault::crypto
