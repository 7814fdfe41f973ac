// The key-encryption key that the configuration names.

#ifndef PANVAULT_SERVER_KEK_H_
#define PANVAULT_SERVER_KEK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/config.h"
#include "server/json_log.h"
#include "server/metrics.h"
#include "vault/kek_provider.h"

namespace panvault::server {

// From its file or its token. A token that stops answering later is told by
// lines `kek_unavailable`, with the reason and once for each, and
// `kek_available`, and by the metrics. Both are borrowed and outlive the KEK.
//
// Errors: of NewFileKekProvider and NewPkcs11KekProvider.
absl::StatusOr<std::unique_ptr<const vault::KekProvider>> LoadKek(
    const Config& config, JsonLog& log, Metrics& metrics);

}  // namespace panvault::server

#endif  // PANVAULT_SERVER_KEK_H_
