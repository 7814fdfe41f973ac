#include "crypto/kdf.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "crypto/openssl.h"

namespace panvault::crypto {
namespace {

// RFC 5869 section 2.3: the block counter is one byte.
constexpr size_t kHkdfBytesMax = 255 * kSha256Bytes;

char kSha256Name[] = "SHA256";

// OpenSSL's parameters are not const although it only reads them; it also
// refuses null for an empty octet string.
OSSL_PARAM Octets(const char* name, const void* bytes, size_t size) {
  static char empty[1] = {};
  return OSSL_PARAM_construct_octet_string(
      name, size == 0 ? empty : const_cast<void*>(bytes), size);
}

// A keyless HMAC-SHA256 context to copy: naming the digest at each call would
// look it up under a lock that all threads share.
const EVP_MAC_CTX* HmacSha256Blank() {
  static const EVP_MAC_CTX* const blank = []() -> const EVP_MAC_CTX* {
    EVP_MAC* const mac = HmacAlgorithm();
    if (mac == nullptr) return nullptr;
    EvpMacCtxPtr context(EVP_MAC_CTX_new(mac));
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, kSha256Name, 0),
        OSSL_PARAM_construct_end()};
    if (context == nullptr ||
        EVP_MAC_CTX_set_params(context.get(), params) != 1) {
      return nullptr;
    }
    return context.release();
  }();
  return blank;
}

}  // namespace

absl::StatusOr<SecretBytes> HkdfSha256(const SecretBytes& input_key,
                                       absl::Span<const uint8_t> salt,
                                       absl::string_view info, size_t size) {
  if (size == 0 || size > kHkdfBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "HKDF-SHA256 cannot give ", size, " bytes; 1 to ", kHkdfBytesMax));
  }
  EVP_KDF* const kdf = HkdfAlgorithm();
  EvpKdfCtxPtr context(kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf));
  const absl::Span<const uint8_t> key = input_key.ExposeSecret();
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, kSha256Name, 0),
      Octets(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      Octets(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      Octets(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  SecretBytes output(size);
  if (context == nullptr ||
      EVP_KDF_derive(context.get(), output.MutableSecret().data(), size,
                     params) != 1) {
    return OpenSslError("HKDF-SHA256");
  }
  return output;
}

absl::StatusOr<Sha256Digest> HmacSha256(const SecretBytes& key,
                                        absl::Span<const uint8_t> message) {
  if (key.size() == 0) {
    return absl::InvalidArgumentError("HMAC-SHA256 needs a key");
  }
  const EVP_MAC_CTX* const blank = HmacSha256Blank();
  EvpMacCtxPtr context(blank == nullptr ? nullptr : EVP_MAC_CTX_dup(blank));
  Sha256Digest digest = {};
  size_t size = 0;
  if (context == nullptr ||
      EVP_MAC_init(context.get(), key.ExposeSecret().data(), key.size(),
                   nullptr) != 1 ||
      EVP_MAC_update(context.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) != 1 ||
      size != digest.size()) {
    return OpenSslError("HMAC-SHA256");
  }
  return digest;
}

absl::StatusOr<Sha256Digest> Sha256(absl::Span<const uint8_t> message) {
  Sha256Digest digest = {};
  unsigned size = 0;
  if (EVP_Digest(message.data(), message.size(), digest.data(), &size,
                 Sha256Algorithm(), nullptr) != 1 ||
      size != digest.size()) {
    return OpenSslError("SHA-256");
  }
  return digest;
}

}  // namespace panvault::crypto
