// Key wrap: how a data-encryption key (DEK) stands in the database.
//
//   byte 0       format: 0x01
//   byte 1..12   nonce
//   byte 13..44  ciphertext: AES-256-GCM under the KEK (crypto/aes_gcm.h)
//   byte 45..60  tag
//
// Sealed with associated data that names the row, so that a wrapped key moved
// to another row does not open: five fields, each as its length (32 bits, big
// endian) and its bytes:
//   "panvault dek v1"
//   profile id    32 hex digits
//   version       32 bits, big endian
//   purpose       "ff1-dek"
//   KEK id
//
// The same for all providers, wherever the KEK is kept: one that has AES-GCM
// done elsewhere (vault/pkcs11) takes the parts below.

#ifndef PANVAULT_VAULT_KEY_WRAP_H_
#define PANVAULT_VAULT_KEY_WRAP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "crypto/secret_bytes.h"

namespace panvault::vault {

inline constexpr size_t kDekBytes = 32;

// Which row a DEK belongs to. Borrowed for the length of the call.
struct DekRow {
  absl::string_view profile_id;
  uint32_t version = 0;
  absl::string_view kek_id;
};

// The associated data of `row`. Thread-safe, as all here.
std::vector<uint8_t> DekAad(const DekRow& row);

// Format 0x01 before bytes 1 to 60, and without it: KEY_CORRUPT for another
// one. The result points into `wrapped`.
std::vector<uint8_t> WithFormat(std::vector<uint8_t> sealed);
absl::StatusOr<absl::Span<const uint8_t>> WithoutFormat(
    absl::Span<const uint8_t> wrapped);

// KEY_CORRUPT for a wrapped key that does not open.
absl::Status NotAuthentic();

// Format 0x01. kInternal if OpenSSL or its random generator fails.
absl::StatusOr<std::vector<uint8_t>> SealDek(const crypto::SecretBytes& kek,
                                             const crypto::SecretBytes& dek,
                                             absl::Span<const uint8_t> aad);

// KEY_CORRUPT if `wrapped` has another format, or does not authenticate.
absl::StatusOr<crypto::SecretBytes> OpenDek(const crypto::SecretBytes& kek,
                                            absl::Span<const uint8_t> wrapped,
                                            absl::Span<const uint8_t> aad);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_KEY_WRAP_H_
