#include "crypto/private_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "crypto/openssl.h"
#include "crypto/x509_native.h"

namespace panvault::crypto {
namespace {

using KeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, OpenSslFree<EVP_PKEY_CTX_free>>;
using Pkcs8Ptr =
    std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpenSslFree<PKCS8_PRIV_KEY_INFO_free>>;

absl::Status Refused(absl::string_view why) {
  ERR_clear_error();
  return absl::InvalidArgumentError(why);
}

absl::Status CheckSize(size_t size) {
  if (size <= kPrivateKeyBytesMax) return absl::OkStatus();
  return Refused(
      absl::StrCat("a private key of over ", kPrivateKeyBytesMax, " bytes"));
}

// The two halves of a key can be at odds: it would load, and fail to sign.
bool HalvesMatch(EVP_PKEY* key) {
  const KeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  return context != nullptr && EVP_PKEY_pairwise_check(context.get()) == 1;
}

}  // namespace

absl::Status CheckPrivateKey(const SecretBytes& pem,
                             const Certificate& certificate) {
  if (absl::Status size = CheckSize(pem.size()); !size.ok()) return size;
  const BioPtr bio = ReadFrom(pem.ExposeSecret());
  const PkeyPtr key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return Refused("no private key in PEM, without a passphrase");
  }
  const bool matches =
      X509_check_private_key(certificate.native().x509.get(), key.get()) == 1 &&
      HalvesMatch(key.get());
  ERR_clear_error();
  if (matches) return absl::OkStatus();
  return absl::FailedPreconditionError("not the key of the certificate");
}

absl::StatusOr<SecretBytes> PrivateKeyPemFromDer(
    absl::Span<const uint8_t> der) {
  if (absl::Status size = CheckSize(der.size()); !size.ok()) return size;
  const uint8_t* end = der.data();
  const Pkcs8Ptr pkcs8(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &end, static_cast<long>(der.size())));
  if (pkcs8 == nullptr) return Refused("not a PKCS#8 key in DER");
  if (end != der.data() + der.size()) return Refused("bytes after the key");
  const PkeyPtr key(EVP_PKCS82PKEY(pkcs8.get()));
  if (key == nullptr) return Refused("not a PKCS#8 key in DER");
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0,
                                    nullptr, nullptr) != 1) {
    return OpenSslError("cannot write a private key");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return SecretBytes::CopyOf(
      {reinterpret_cast<const uint8_t*>(text), static_cast<size_t>(size)});
}

}  // namespace panvault::crypto
