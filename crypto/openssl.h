// What crypto/ shares to talk to OpenSSL 3: owning pointers, algorithms fetched
// once per process, and errors as absl::Status. Internal to crypto/.

#ifndef PANVAULT_CRYPTO_OPENSSL_H_
#define PANVAULT_CRYPTO_OPENSSL_H_

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace panvault::crypto {

// Frees with `F`, which must be OpenSSL's function for the type.
template <auto F>
struct OpenSslFree {
  template <typename T>
  void operator()(T* object) const {
    F(object);
  }
};

// A memory BIO wipes what it held.
using BioPtr = std::unique_ptr<BIO, OpenSslFree<BIO_free>>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;

// Contexts and numbers are wiped when freed.
using EvpCipherCtxPtr =
    std::unique_ptr<EVP_CIPHER_CTX, OpenSslFree<EVP_CIPHER_CTX_free>>;
using EvpMacCtxPtr =
    std::unique_ptr<EVP_MAC_CTX, OpenSslFree<EVP_MAC_CTX_free>>;
using EvpKdfCtxPtr =
    std::unique_ptr<EVP_KDF_CTX, OpenSslFree<EVP_KDF_CTX_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, OpenSslFree<BN_clear_free>>;
using BnCtxPtr = std::unique_ptr<BN_CTX, OpenSslFree<BN_CTX_free>>;

// Algorithms of the default library context, fetched at the first call and kept
// for the life of the process: a fetch takes a lock that all threads share.
// nullptr if OpenSSL does not offer it. Thread-safe.
const EVP_CIPHER* Aes128Ecb();
const EVP_CIPHER* Aes192Ecb();
const EVP_CIPHER* Aes256Ecb();
const EVP_CIPHER* Aes256Gcm();
const EVP_MD* Sha256Algorithm();
EVP_MAC* HmacAlgorithm();
EVP_KDF* HkdfAlgorithm();

// Reads `bytes`, which are borrowed and of less than 2 GiB; null without
// memory.
BioPtr ReadFrom(absl::Span<const uint8_t> bytes);

// For functions that would ask for a passphrase: there is none.
int NoPassphrase(char* buffer, int size, int write, void* user);

// kInternal: `what` failed, and OpenSSL's reason if there is one. Empties this
// thread's error queue, so that the next failure does not report this one.
absl::Status OpenSslError(absl::string_view what);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_OPENSSL_H_
