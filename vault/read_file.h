// Reads the small files that panvaultd is configured by: YAML, PEM, keys.
//
// Follows links: Kubernetes mounts ConfigMaps and Secrets as links.

#ifndef PANVAULT_VAULT_READ_FILE_H_
#define PANVAULT_VAULT_READ_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "crypto/secret_bytes.h"

namespace panvault::vault {

// A bundle of some hundred CA certificates fits; a file that is larger is not
// what it is taken for.
inline constexpr size_t kFileBytesMax = 1 << 20;

// The whole content of a regular file of at most kFileBytesMax bytes.
// kNotFound; kFailedPrecondition for any other reason why it cannot be used.
// Messages hold the path. Thread-safe, as all here.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// As ReadFile, for a key or a PIN: kFailedPrecondition also if the file is
// readable or writable by others, or belongs to neither this process's user nor
// root. Its group may read it (Kubernetes' fsGroup).
absl::StatusOr<crypto::SecretBytes> ReadKeyFile(const std::string& path);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_READ_FILE_H_
