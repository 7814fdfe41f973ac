// Private keys of certificates (PKCS#8, RFC 5208), as text and as DER: read,
// compared with a certificate, written. They are not used here; TLS does that.
//
// Never asks for a passphrase: an encrypted key is refused.

#ifndef PANVAULT_CRYPTO_PRIVATE_KEY_H_
#define PANVAULT_CRYPTO_PRIVATE_KEY_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"
#include "crypto/x509_certificate.h"

namespace panvault::crypto {

// RSA keys of 8,192 bits have some 5 KB.
inline constexpr size_t kPrivateKeyBytesMax = 16 << 10;

// OK if `pem` holds the private key of `certificate`, whole: its private half
// belongs to its public half. kInvalidArgument if it is no key of at most
// kPrivateKeyBytesMax, kFailedPrecondition if it is another's. Thread-safe.
absl::Status CheckPrivateKey(const SecretBytes& pem,
                             const Certificate& certificate);

// PKCS#8 PEM of `der`, which is one unencrypted PKCS#8 key, whole and nothing
// more, of at most kPrivateKeyBytesMax: kInvalidArgument otherwise.
// Thread-safe.
absl::StatusOr<SecretBytes> PrivateKeyPemFromDer(absl::Span<const uint8_t> der);

}  // namespace panvault::crypto

#endif  // PANVAULT_CRYPTO_PRIVATE_KEY_H_
