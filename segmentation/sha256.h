// SHA-256 (FIPS 180-4), to name the exact input that a report is about. Not for
// secrets; those belong to crypto/.

#ifndef PANVAULT_SEGMENTATION_SHA256_H_
#define PANVAULT_SEGMENTATION_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace panvault::segmentation {

// 64 hex digits. Thread-safe.
std::string Sha256Hex(absl::string_view text);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_SHA256_H_
