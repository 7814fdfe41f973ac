// ExternalRanges: all addresses, cut wherever a policy's ipBlock begins or
// ends, so that no policy tells two addresses of one range apart.

#ifndef PANVAULT_SEGMENTATION_EXTERNAL_RANGES_H_
#define PANVAULT_SEGMENTATION_EXTERNAL_RANGES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "segmentation/address.h"
#include "segmentation/model.h"

namespace panvault::segmentation {

struct ExternalRange {
  std::string name;  // "10.0.0.0-10.255.255.255[External]".
  AddressSet addresses;
};

// Of all `clusters` together. IPv6 is in it only if a policy names it, `::`
// standing for all else. Thread-safe.
std::vector<ExternalRange> ExternalRanges(
    absl::Span<const Cluster* const> clusters);

}  // namespace panvault::segmentation

#endif  // PANVAULT_SEGMENTATION_EXTERNAL_RANGES_H_
