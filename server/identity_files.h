// The files that an identity can be read from: certificates, key and bundles as
// PEM.
//
// Several files are one identity, and whoever replaces them may do so one by
// one, or all at once by a link to a folder (Kubernetes). So one reading is not
// believed: the same content has to be read twice.

#ifndef PANVAULT_SERVER_IDENTITY_FILES_H_
#define PANVAULT_SERVER_IDENTITY_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "crypto/secret_bytes.h"
#include "server/config.h"
#include "server/identity_material.h"

namespace panvault::server {

// One reading.
struct IdentityReading {
  std::string svid_pem;
  crypto::SecretBytes key_pem;
  std::string bundle_pem;
  std::vector<std::string> federated_pem;  // In the order of TlsFiles.

  friend bool operator==(const IdentityReading& a, const IdentityReading& b);
};

// The files as they are now, whatever they hold. kAborted if they changed while
// they were read, time and again: later is better. Also the errors of ReadFile
// and ReadKeyFile. Thread-safe, as all here.
absl::StatusOr<IdentityReading> ReadIdentityFiles(const TlsFiles& files);

// kFailedPrecondition, naming the file, if one does not parse or they do not
// belong together (ValidateIdentity).
absl::StatusOr<ServerTls> ValidateReading(const TlsFiles& files,
                                          const IdentityReading& reading,
                                          absl::Time now);

// Both.
absl::StatusOr<ServerTls> LoadServerTls(const TlsFiles& files, absl::Time now);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_IDENTITY_FILES_H_
