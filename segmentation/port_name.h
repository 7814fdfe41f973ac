// The names that ports may have (IANA service names, RFC 6335 section 5.1).

#ifndef PANVAULT_SEGMENTATION_PORT_NAME_H_
#define PANVAULT_SEGMENTATION_PORT_NAME_H_

#include "absl/strings/string_view.h"

namespace panvault::segmentation {

// 1 to 15 of a-z, 0-9 and "-", with at least one letter, no "-" at either end
// nor two in a row. So "80" is no name. Thread-safe.
bool IsPortName(absl::string_view name);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_PORT_NAME_H_
