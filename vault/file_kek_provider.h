// The KEK from a file of 32 random bytes.

#ifndef PANVAULT_VAULT_FILE_KEK_PROVIDER_H_
#define PANVAULT_VAULT_FILE_KEK_PROVIDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "vault/kek_provider.h"

namespace panvault::vault {

// Reads the file once, by the rules of ReadKeyFile (read_file.h), which a
// volume of Kubernetes Secrets keeps: owned by root or by the user of this
// process, readable by its group at most (mode 0400, 0440, 0600 or 0640), links
// followed. kFailedPrecondition, with the path and what to do, if they are
// broken or if it has not exactly 32 bytes; kNotFound if it is absent.
absl::StatusOr<std::unique_ptr<const KekProvider>> NewFileKekProvider(
    const std::string& path);

}  // namespace panvault::vault

#endif  // PANVAULT_VAULT_FILE_KEK_PROVIDER_H_
