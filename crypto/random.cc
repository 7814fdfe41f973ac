#include "crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "crypto/openssl.h"

namespace panvault::crypto {

absl::Status FillRandom(absl::Span<uint8_t> bytes) {
  // RAND_bytes counts in int.
  while (!bytes.empty()) {
    const size_t part = std::min(bytes.size(), size_t{INT_MAX});
    if (RAND_bytes(bytes.data(), static_cast<int>(part)) != 1) {
      return OpenSslError("the random generator");
    }
    bytes.remove_prefix(part);
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretBytes> RandomSecret(size_t size) {
  SecretBytes secret(size);
  absl::Status status = FillRandom(secret.MutableSecret());
  if (!status.ok()) return status;
  return secret;
}

}  // namespace panvault::crypto
