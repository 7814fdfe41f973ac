// The KEK from a file of 32 random bytes.

#ifndef PANVAULT_VAULT_FILE_KEK_PROVIDER_H_
#define PANVAULT_VAULT_FILE_KEK_PROVIDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "vault/kek_provider.h"

namespace panvault::vault {

// Reads the file once. kFailedPrecondition, with the path and what to do,
// unless it is a regular file (not a link) of exactly 32 bytes, owned by the
// user of this process, and readable by nobody else (mode 0400 or 0600);
// kNotFound if it is absent.
absl::StatusOr<std::unique_ptr<const KekProvider>> NewFileKekProvider(
    const std::string& path);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_FILE_KEK_PROVIDER_H_
