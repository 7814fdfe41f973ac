// The OpenSSL objects of a Certificate. Internal to crypto/ and the TLS files.

#ifndef PANVAULT_CRYPTO_X509_NATIVE_H_
#define PANVAULT_CRYPTO_X509_NATIVE_H_

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/openssl.h"
#include "crypto/x509_certificate.h"

namespace panvault::crypto {

using X509Ptr = std::unique_ptr<X509, OpenSslFree<X509_free>>;

struct Certificate::Native {
  X509Ptr x509;
  std::vector<uint8_t> der;
  CertificateFacts facts;
};

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_X509_NATIVE_H_
