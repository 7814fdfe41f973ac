#include "crypto/openssl.h"

#include <openssl/err.h>

#include "absl/strings/str_cat.h"

namespace panvault::crypto {

const EVP_CIPHER* Aes128Ecb() {
  static const EVP_CIPHER* const cipher =
      EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  return cipher;
}

const EVP_CIPHER* Aes192Ecb() {
  static const EVP_CIPHER* const cipher =
      EVP_CIPHER_fetch(nullptr, "AES-192-ECB", nullptr);
  return cipher;
}

const EVP_CIPHER* Aes256Ecb() {
  static const EVP_CIPHER* const cipher =
      EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr);
  return cipher;
}

const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher =
      EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

EVP_MAC* HmacAlgorithm() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return mac;
}

EVP_KDF* HkdfAlgorithm() {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  return kdf;
}

BioPtr ReadFrom(absl::Span<const uint8_t> bytes) {
  return BioPtr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

int NoPassphrase(char* /*buffer*/, int /*size*/, int /*write*/,
                 void* /*user*/) {
  return -1;
}

absl::Status OpenSslError(absl::string_view what) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (reason == nullptr)
    return absl::InternalError(absl::StrCat(what, " failed"));
  return absl::InternalError(absl::StrCat(what, " failed: ", reason));
}

}  // namespace panvault::crypto
