// The text of panvault.yaml and access.yaml that `panvaultd dev` begins with.

#ifndef PANVAULT_SERVER_DEV_DEV_FILES_H_
#define PANVAULT_SERVER_DEV_DEV_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/dev/dev_state.h"

namespace panvault::dev {

// kInvalidArgument for control characters in an option. Thread-safe, as all
// here.
absl::StatusOr<std::string> DevConfigYaml(const DevOptions& options);

// Allows payment-api to use its four demo profiles and to see who is connected;
// to be reviewed within half a year of `now`.
std::string DevAccessYaml(absl::Time now);

}  // namespace panvault::dev

#endif  // PANVAULT_SERVER_DEV_DEV_FILES_H_
