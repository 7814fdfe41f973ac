// One message of the SPIFFE Workload API, read whole or refused whole.
//
// Everything in it replaces everything before (Workload API, section 4.4): what
// is not in it is not to be used any more. Revocation lists are not used.

#ifndef PANVAULT_SERVER_WORKLOAD_UPDATE_H_
#define PANVAULT_SERVER_WORKLOAD_UPDATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/identity_material.h"
#include "spiffe/workload.pb.h"

namespace panvault::server {

// Which of several SVIDs is ours: the first that fits. Empty fits all.
struct SvidChoice {
  std::string hint;
  std::string spiffe_id;
};

// The chosen SVID with its bundle and the federated ones. kNotFound if `update`
// has no such SVID, or none at all: it was taken back. kFailedPrecondition,
// naming the field and never a value, if the SVID or any bundle is malformed,
// they do not belong together (ValidateIdentity), or `spiffe_id` is not the
// certificate's. A federated trust domain may have no CA: then nobody of it is
// believed. SVIDs that are not chosen are not looked at. Thread-safe.
absl::StatusOr<ServerTls> ReadUpdate(const X509SVIDResponse& update,
                                     const SvidChoice& choice, absl::Time now);

// Overwrites the private keys in `update`.
void WipeKeys(X509SVIDResponse& update);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_WORKLOAD_UPDATE_H_
